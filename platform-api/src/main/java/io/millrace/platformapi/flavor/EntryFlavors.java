package io.millrace.platformapi.flavor;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryDecorator;
import io.millrace.platformapi.entry.EntryFollower;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.job.Job;
import io.millrace.platformapi.job.JobStore;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.platformapi.model.JobState;
import io.millrace.platformapi.model.MediaEntry;
import io.millrace.platformapi.model.WorkKind;

import org.jdbi.v3.core.Handle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What an entry's view shows of its flavors: which are ready, and how far the work is. Flavors go
/// with their entry.
public final class EntryFlavors implements EntryDecorator, EntryFollower {
    /// The probe's share of the whole, in percent; the rest is the conversions'.
    private static final int PROBE_SHARE = 5;

    private final FlavorStore flavors;
    private final JobStore jobs;
    private final Conversion conversion;

    public EntryFlavors(FlavorStore flavors, JobStore jobs, Conversion conversion) {
        this.flavors = flavors;
        this.jobs = jobs;
        this.conversion = conversion;
    }

    @Override
    public void entryDeleted(Handle handle, Entry entry) {
        conversion.entryDeleted(handle, entry.id());
    }

    @Override
    public void decorate(ApiCall call, List<Entry> rows, List<BaseEntry> views) {
        var ids = new ArrayList<String>();
        var working = new ArrayList<String>();
        for (Entry row : rows) {
            ids.add(row.id());
            if (row.status() == EntryStatus.PRECONVERT) {
                working.add(row.id());
            }
        }
        Map<String, List<String>> ready = new HashMap<>();
        for (Flavor flavor : flavors.ofEntries(ids)) {
            if (flavor.status() == FlavorAssetStatus.READY) {
                ready.computeIfAbsent(flavor.entryId(), _ -> new ArrayList<>())
                        .add(Integer.toString(flavor.flavorParamsId()));
            }
        }
        Map<String, List<Job>> work = new HashMap<>();
        for (Job job : jobs.ofEntries(working)) {
            work.computeIfAbsent(job.entryId(), _ -> new ArrayList<>()).add(job);
        }
        for (BaseEntry view : views) {
            String id = String.valueOf(view.id);
            List<String> params = ready.get(id);
            if (view instanceof MediaEntry media && params != null) {
                media.flavorParamsIds = String.join(",", params);
            }
            String status = String.valueOf(view.status);
            if (status.equals(Integer.toString(EntryStatus.PRECONVERT))) {
                view.processingProgress = progress(work.getOrDefault(id, List.of()));
            } else if (status.equals(Integer.toString(EntryStatus.IMPORT))) {
                view.processingProgress = 0;
            }
        }
    }

    private static int progress(List<Job> jobs) {
        int conversions = 0;
        long sum = 0;
        for (Job job : jobs) {
            if (job.kind().equals(WorkKind.CONVERT)) {
                conversions++;
                sum += job.state().equals(JobState.FINISHED) ? 100 : job.progress();
            }
        }
        return conversions == 0
                ? 0
                : (int) (PROBE_SHARE + sum * (100 - PROBE_SHARE) / (100L * conversions));
    }
}
