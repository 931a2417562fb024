/// Work for the batch role: rows, leases, what a finished job changes.
///
/// Workers call the API service `job` with a session of partner -1:
///
/// | action | parameters | answer |
/// |---|---|---|
/// | `lease` | workerName, kinds (comma list of {@link io.millrace.platformapi.model.WorkKind}), maxJobs=1 | list of {@link io.millrace.platformapi.model.BatchWork}, maybe empty |
/// | `heartbeat` | jobId, fence, progress 0..100, message? | the leased {@link io.millrace.platformapi.model.BatchWork} with fresh leaseSeconds |
/// | `complete` | jobId, fence, result ({@link io.millrace.platformapi.model.ProbeResult}, `ConvertResult`, `ThumbnailResult`) | {@link io.millrace.platformapi.model.Work} |
/// | `fail` | jobId, fence, errorCode, message, permanent=false | {@link io.millrace.platformapi.model.Work} |
///
/// Who holds an older fence, or none, gets the error `LEASE_LOST` and must throw its output away. A
/// repeated `complete` or `fail` with the same fence gets the first answer again. Publishers read
/// `list`, `get` and call `retry`.
@NullMarked
package io.millrace.platformapi.job;

import org.jspecify.annotations.NullMarked;
