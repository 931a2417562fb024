/// The loop of the batch role: take a job, renew its lease, do it, publish, report.
///
/// Start at {@link BatchRole}; how a job is done is in {@link JobSteps}.
@NullMarked
package io.millrace.batch.worker;

import org.jspecify.annotations.NullMarked;
