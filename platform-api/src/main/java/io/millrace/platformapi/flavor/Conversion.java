package io.millrace.platformapi.flavor;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryChange;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.ObjectIds;
import io.millrace.platformapi.job.Job;
import io.millrace.platformapi.job.JobOutcomes;
import io.millrace.platformapi.job.JobStore;
import io.millrace.platformapi.job.NewJob;
import io.millrace.platformapi.model.ConvertResult;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.platformapi.model.JobState;
import io.millrace.platformapi.model.MediaType;
import io.millrace.platformapi.model.ProbeResult;
import io.millrace.platformapi.model.ThumbAssetStatus;
import io.millrace.platformapi.model.ThumbnailResult;
import io.millrace.platformapi.model.WorkKind;
import io.millrace.platformapi.model.WorkParameters;
import io.millrace.platformapi.model.WorkResult;
import io.millrace.platformapi.thumb.ThumbStore;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// From a source's bytes to an entry that plays: probe, ladder, conversions, thumbnail, and what
/// each end of these makes of the entry (kaltura-v3 c.2).
///
/// Every method runs in its caller's transaction with the entry's row locked, and may run again for
/// the same news without harm. An entry is READY when its last required flavor is; it is
/// ERROR_CONVERTING, with the reason in words, as soon as one has failed for good. Thread-safe.
public final class Conversion implements JobOutcomes {
    private static final Logger log = LoggerFactory.getLogger(Conversion.class);

    /// Seconds between key frames: a segment of any length up to the packager's target starts on
    /// one.
    private static final int GOP_SECONDS = 2;

    private static final int THUMBNAIL_MAX_WIDTH = 1280;
    private static final long THUMBNAIL_AT_MS = 3000;
    private static final int MAX_PROBES = 3;

    /// So many versions are one joined source's and its renditions'.
    private static final int VERSIONS = 100;

    private static final int PRIORITY_PROBE = 1;
    private static final int PRIORITY_THUMBNAIL = 2;
    private static final int PRIORITY_CONVERT = 3;

    private final EntryStore entries;
    private final FlavorStore flavors;
    private final ProfileStore profiles;
    private final ThumbStore thumbs;
    private final JobStore jobs;

    public Conversion(
            EntryStore entries,
            FlavorStore flavors,
            ProfileStore profiles,
            ThumbStore thumbs,
            JobStore jobs) {
        this.entries = entries;
        this.flavors = flavors;
        this.profiles = profiles;
        this.thumbs = thumbs;
        this.jobs = jobs;
    }

    /// Where the source of an entry is stored.
    public static String sourceKey(int partnerId, String entryId, String assetId, String fileExt) {
        return "content/entry/" + partnerId + "/" + entryId + "/" + assetId + "_1." + fileExt;
    }

    /// Gives an entry its source and starts the work on it. Nothing happens when the asset is there
    /// already: a hand-over may be repeated.
    ///
    /// @param blobKey the bytes, already durable
    /// @param fileName as the client named it; empty when it did not
    public void start(
            Handle handle,
            Entry entry,
            String assetId,
            String blobKey,
            long sizeBytes,
            String fileExt,
            String fileName) {
        if (flavors.find(handle, assetId).isPresent()) {
            return;
        }
        flavors.addSource(
                handle, assetId, entry.id(), entry.partnerId(), blobKey, sizeBytes, fileExt);
        entries.save(
                handle,
                entry.id(),
                new EntryChange().noError().set("status", EntryStatus.PRECONVERT));
        addProbe(handle, entry, assetId, blobKey, fileName);
        log.info("entry {}: source {} of {} bytes, probing", entry.id(), assetId, sizeBytes);
    }

    /// Gives an entry that has a source the joined content of several files, of which the source
    /// was the first, or those up to now; what was under way with the old one is ended. Until the
    /// new one is there the old one plays on.
    public void join(Handle handle, Entry entry, List<String> keys) {
        Flavor source =
                flavors.ofEntry(handle, entry.id()).stream()
                        .filter(Flavor::isOriginal)
                        .findFirst()
                        .orElse(null);
        if (source == null) {
            log.warn("entry {}: nothing to join to; its source is gone", entry.id());
            return;
        }
        jobs.abortOfEntry(handle, entry.id());
        jobs.add(
                handle,
                new NewJob(
                        entry.partnerId(),
                        WorkKind.JOIN,
                        entry.id(),
                        source.id(),
                        keys.getFirst(),
                        new NewJob.Target(
                                folder(entry) + source.id(),
                                keys.getFirst().endsWith(".webm") ? ".webm" : ".mp4",
                                VERSIONS * keys.size()),
                        Map.of(WorkParameters.PARTS, String.join("\n", keys)),
                        PRIORITY_PROBE));
        log.info("entry {}: {} files are joined", entry.id(), keys.size());
    }

    /// Gives an entry the part of a recording for its content, which a job takes out of it.
    ///
    /// @param keys the recording's files; the last may still grow
    /// @param growing one behind them that may grow where only the node that records sees it; not
    ///   null when there are no others
    /// @param durationMs 0: to the end of what there is
    public void clip(
            Handle handle,
            Entry entry,
            List<String> keys,
            @Nullable String growing,
            long offsetMs,
            long durationMs) {
        String assetId = ObjectIds.next();
        flavors.addSource(handle, assetId, entry.id(), entry.partnerId(), null, 0, "mp4");
        entries.save(
                handle,
                entry.id(),
                new EntryChange().noError().set("status", EntryStatus.PRECONVERT));
        var parameters = new HashMap<String, String>();
        parameters.put(WorkParameters.PARTS, String.join("\n", keys));
        if (growing != null) {
            parameters.put(WorkParameters.GROWING, growing);
        }
        parameters.put(WorkParameters.OFFSET_MS, Long.toString(offsetMs));
        if (durationMs > 0) {
            parameters.put(WorkParameters.LENGTH_MS, Long.toString(durationMs));
        }
        jobs.add(
                handle,
                new NewJob(
                        entry.partnerId(),
                        WorkKind.CLIP,
                        entry.id(),
                        assetId,
                        keys.isEmpty() ? Objects.requireNonNull(growing) : keys.getFirst(),
                        new NewJob.Target(folder(entry) + assetId, ".mp4", 0),
                        parameters,
                        PRIORITY_PROBE));
    }

    private void addProbe(
            Handle handle, Entry entry, String assetId, String blobKey, String fileName) {
        jobs.add(
                handle,
                new NewJob(
                        entry.partnerId(),
                        WorkKind.PROBE,
                        entry.id(),
                        assetId,
                        blobKey,
                        null,
                        fileName.isEmpty() ? Map.of() : Map.of(WorkParameters.FILE_NAME, fileName),
                        PRIORITY_PROBE));
    }

    /// An entry in the making for which nobody has anything left to do: goes on where it stopped.
    public void resume(Handle handle, String entryId) {
        Entry entry = entries.lock(handle, entryId).orElse(null);
        if (entry == null || entry.status() != EntryStatus.PRECONVERT) {
            return;
        }
        List<Job> all = jobs.ofEntry(handle, entryId);
        if (all.stream()
                .anyMatch(
                        job ->
                                job.state().equals(JobState.PENDING)
                                        || job.state().equals(JobState.RUNNING))) {
            return;
        }
        Optional<Flavor> source =
                flavors.ofEntry(handle, entryId).stream().filter(Flavor::isOriginal).findFirst();
        long probes = all.stream().filter(job -> job.kind().equals(WorkKind.PROBE)).count();
        String key = source.map(Flavor::blobKey).orElse(null);
        if (key == null || probes >= MAX_PROBES) {
            error(handle, entry, "WORK_LOST", "The work on this entry got lost");
            return;
        }
        log.warn("entry {}: nobody works on it, probing again", entryId);
        addProbe(handle, entry, source.orElseThrow().id(), key, "");
    }

    @Override
    public void started(Handle handle, Job job) {
        switch (job.kind()) {
            case WorkKind.CONVERT ->
                    flavors.become(handle, job.assetId(), FlavorAssetStatus.CONVERTING, null);
            case WorkKind.THUMBNAIL ->
                    thumbs.become(handle, job.assetId(), ThumbAssetStatus.CAPTURING, null);
            default -> {}
        }
    }

    @Override
    public void completed(Handle handle, Job job, WorkResult result) {
        Entry entry = entries.find(handle, job.entryId()).orElse(null);
        if (entry == null || entry.status() == EntryStatus.DELETED) {
            return;
        }
        switch (result) {
            case ProbeResult probe -> {
                if (job.kind().equals(WorkKind.JOIN) || job.kind().equals(WorkKind.CLIP)) {
                    joined(handle, entry, job, probe);
                } else {
                    probed(handle, entry, job, probe, String.valueOf(job.sourceKey()), -1);
                }
            }
            case ConvertResult converted -> converted(handle, entry, job, converted);
            case ThumbnailResult thumbnail -> captured(handle, entry, job, thumbnail);
            default -> throw new IllegalArgumentException("result: " + result.objectType());
        }
    }

    private void joined(Handle handle, Entry entry, Job job, ProbeResult probe) {
        String key = job.targetKey();
        if (key == null) {
            return;
        }
        flavors.replaceSource(handle, job.assetId(), job.targetVersion(), key);
        probed(handle, entry, job, probe, key, job.targetVersion());
    }

    /// @param sourceKey where the source is
    /// @param anew renditions are made anew, with versions above this; below 0: only those missing
    private void probed(
            Handle handle, Entry entry, Job job, ProbeResult probe, String sourceKey, int anew) {
        Flavor source = flavors.find(handle, job.assetId()).orElseThrow();
        boolean picture = probe.videoCodec != null;
        boolean still = Boolean.TRUE.equals(probe.stillImage);
        if (!picture && probe.audioCodec == null) {
            flavors.become(handle, source.id(), FlavorAssetStatus.ERROR, "Neither video nor audio");
            error(handle, entry, "NO_STREAMS", "The file has neither video nor audio in it");
            return;
        }
        flavors.ready(handle, sourceAsProbed(source, probe));
        int mediaType = still ? MediaType.IMAGE : picture ? MediaType.VIDEO : MediaType.AUDIO;
        var change =
                new EntryChange()
                        .set("media_type", mediaType)
                        .set("duration_ms", still ? null : probe.durationMs)
                        .set("width", probe.width)
                        .set("height", probe.height)
                        .set("version", Math.max(1, entry.version()));
        if (picture && thumbs.ofEntry(handle, entry.id()).isEmpty()) {
            addThumbnail(handle, entry, sourceKey, probe);
        }
        if (still) {
            entries.save(handle, entry.id(), change.set("status", EntryStatus.READY));
            log.info("entry {}: a picture, ready", entry.id());
            return;
        }
        entries.save(handle, entry.id(), change);
        List<Rendition> ladder =
                Ladder.plan(probe, profiles.specsOf(handle, entry.conversionProfileId()));
        List<Flavor> present = flavors.ofEntry(handle, entry.id());
        for (Rendition rendition : ladder) {
            addConversion(handle, entry, source, sourceKey, probe, rendition, present, anew);
        }
        log.info(
                "entry {}: {} {}x{} {} ms, {} renditions",
                entry.id(),
                probe.videoCodec == null ? probe.audioCodec : probe.videoCodec,
                probe.width,
                probe.height,
                probe.durationMs,
                ladder.size());
        settle(handle, entry);
    }

    private void addThumbnail(Handle handle, Entry entry, String sourceKey, ProbeResult probe) {
        String id = ObjectIds.next();
        thumbs.addQueued(handle, id, entry.id(), entry.partnerId());
        long durationMs = probe.durationMs == null ? 0 : probe.durationMs;
        jobs.add(
                handle,
                new NewJob(
                        entry.partnerId(),
                        WorkKind.THUMBNAIL,
                        entry.id(),
                        id,
                        sourceKey,
                        new NewJob.Target(folder(entry) + "thumb/" + id, ".jpg", 0),
                        Map.of(
                                WorkParameters.AT_MS,
                                Long.toString(Math.min(THUMBNAIL_AT_MS, durationMs / 3)),
                                WorkParameters.DURATION_MS,
                                Long.toString(durationMs),
                                WorkParameters.MAX_WIDTH,
                                Integer.toString(THUMBNAIL_MAX_WIDTH)),
                        PRIORITY_THUMBNAIL));
    }

    private void addConversion(
            Handle handle,
            Entry entry,
            Flavor source,
            String sourceKey,
            ProbeResult probe,
            Rendition rendition,
            List<Flavor> present,
            int anew) {
        Flavor before =
                present.stream()
                        .filter(flavor -> flavor.flavorParamsId() == rendition.spec().id())
                        .findFirst()
                        .orElse(null);
        if (before != null
                && anew < 0
                && (before.isReady()
                        || jobs.ofEntry(handle, entry.id()).stream()
                                .anyMatch(job -> job.assetId().equals(before.id())))) {
            return;
        }
        String id = before == null ? ObjectIds.next() : before.id();
        if (before == null) {
            flavors.addQueued(handle, id, source, rendition, "mp4");
        } else if (anew >= 0) {
            flavors.become(handle, id, FlavorAssetStatus.QUEUED, null);
        }
        jobs.add(
                handle,
                new NewJob(
                        entry.partnerId(),
                        WorkKind.CONVERT,
                        entry.id(),
                        id,
                        sourceKey,
                        new NewJob.Target(folder(entry) + id, ".mp4", Math.max(0, anew)),
                        parameters(rendition, probe),
                        PRIORITY_CONVERT));
    }

    private static String folder(Entry entry) {
        return "content/entry/" + entry.partnerId() + "/" + entry.id() + "/";
    }

    private static Map<String, String> parameters(Rendition rendition, ProbeResult probe) {
        var parameters = new HashMap<String, String>();
        if (rendition.width() > 0) {
            parameters.put(WorkParameters.WIDTH, Integer.toString(rendition.width()));
            parameters.put(WorkParameters.HEIGHT, Integer.toString(rendition.height()));
            parameters.put(
                    WorkParameters.VIDEO_BITRATE_KBPS,
                    Integer.toString(rendition.videoBitrateKbps()));
            parameters.put(WorkParameters.FRAME_RATE, Double.toString(rendition.frameRate()));
            parameters.put(WorkParameters.GOP_SECONDS, Integer.toString(GOP_SECONDS));
        }
        if (rendition.audioBitrateKbps() > 0) {
            parameters.put(
                    WorkParameters.AUDIO_BITRATE_KBPS,
                    Integer.toString(rendition.audioBitrateKbps()));
            parameters.put(
                    WorkParameters.AUDIO_CHANNELS, Integer.toString(rendition.audioChannels()));
            parameters.put(
                    WorkParameters.AUDIO_SAMPLE_RATE,
                    Integer.toString(rendition.audioSampleRate()));
        }
        if (probe.durationMs != null) {
            parameters.put(WorkParameters.DURATION_MS, Long.toString(probe.durationMs));
        }
        return parameters;
    }

    private void converted(Handle handle, Entry entry, Job job, ConvertResult result) {
        Flavor flavor = flavors.find(handle, job.assetId()).orElseThrow();
        flavors.ready(
                handle,
                new Flavor(
                        flavor.id(),
                        flavor.entryId(),
                        flavor.partnerId(),
                        flavor.flavorParamsId(),
                        false,
                        FlavorAssetStatus.READY,
                        flavor.readyBehavior(),
                        job.targetVersion(),
                        job.targetKey(),
                        or(result.sizeBytes, flavor.sizeBytes()),
                        flavor.tags(),
                        flavor.fileExt(),
                        result.containerFormat,
                        result.videoCodec,
                        result.audioCodec,
                        or(result.width, flavor.width()),
                        or(result.height, flavor.height()),
                        or(result.bitrateKbps, flavor.bitrateKbps()),
                        result.frameRate == null ? flavor.frameRate() : result.frameRate,
                        or(result.durationMs, 0),
                        flavor.language(),
                        flavor.label(),
                        null,
                        flavor.createdAt(),
                        flavor.updatedAt()));
        settle(handle, entry);
    }

    private void captured(Handle handle, Entry entry, Job job, ThumbnailResult result) {
        String key = job.targetKey();
        if (key == null) {
            return;
        }
        thumbs.ready(
                handle,
                job.assetId(),
                job.targetVersion(),
                key,
                or(result.sizeBytes, 0),
                or(result.width, 0),
                or(result.height, 0));
        entries.save(
                handle,
                entry.id(),
                new EntryChange().set("thumbnail_version", entry.thumbnailVersion() + 1));
    }

    @Override
    public void failed(Handle handle, Job job, String errorCode, String message) {
        Entry entry = entries.find(handle, job.entryId()).orElse(null);
        if (entry == null || entry.status() == EntryStatus.DELETED) {
            return;
        }
        if (job.kind().equals(WorkKind.THUMBNAIL)) {
            // An entry without a picture of itself still plays.
            thumbs.become(handle, job.assetId(), ThumbAssetStatus.ERROR, message);
            return;
        }
        if (job.kind().equals(WorkKind.JOIN)) {
            // What was there before still plays.
            log.error(
                    "entry {}: its files cannot be joined: {} {}", entry.id(), errorCode, message);
            if (!entry.isReady()) {
                error(handle, entry, errorCode, message);
            }
            return;
        }
        flavors.become(handle, job.assetId(), FlavorAssetStatus.ERROR, message);
        if (flavors.ofEntry(handle, entry.id()).stream().anyMatch(f -> f.playsAsItIs(entry))) {
            log.error("entry {}: {} {}; its source plays on", entry.id(), errorCode, message);
            return;
        }
        error(handle, entry, errorCode, message);
    }

    @Override
    public void queuedAgain(Handle handle, Job job) {
        if (job.kind().equals(WorkKind.THUMBNAIL)) {
            thumbs.become(handle, job.assetId(), ThumbAssetStatus.QUEUED, null);
            return;
        }
        flavors.become(handle, job.assetId(), FlavorAssetStatus.QUEUED, null);
        entries.find(handle, job.entryId())
                .filter(entry -> entry.status() == EntryStatus.ERROR_CONVERTING)
                .ifPresent(entry -> settle(handle, entry));
    }

    /// Derives the entry's state from its flavors.
    private void settle(Handle handle, Entry entry) {
        List<Flavor> all = flavors.ofEntry(handle, entry.id());
        List<Flavor> required =
                all.stream().filter(flavor -> flavor.readyBehavior() == Flavor.REQUIRED).toList();
        Optional<Flavor> broken =
                all.stream()
                        .filter(flavor -> flavor.status() == FlavorAssetStatus.ERROR)
                        .findFirst();
        int status;
        if (all.stream().anyMatch(flavor -> flavor.playsAsItIs(entry))) {
            status = EntryStatus.READY;
        } else if (broken.isPresent()) {
            status = EntryStatus.ERROR_CONVERTING;
        } else if (all.stream()
                .allMatch(
                        flavor ->
                                flavor.isReady()
                                        || (flavor.readyBehavior() != Flavor.REQUIRED
                                                && !required.isEmpty()))) {
            status = EntryStatus.READY;
        } else {
            status = EntryStatus.PRECONVERT;
        }
        if (status == entry.status()) {
            return;
        }
        var change = new EntryChange().set("status", status);
        if (broken.isEmpty()) {
            change.noError();
        }
        entries.save(handle, entry.id(), change);
        if (status == EntryStatus.READY) {
            log.info("entry {}: ready, {} flavors", entry.id(), required.size());
        }
    }

    private void error(Handle handle, Entry entry, String code, String message) {
        entries.save(
                handle,
                entry.id(),
                new EntryChange()
                        .set("status", EntryStatus.ERROR_CONVERTING)
                        .set("error_code", code)
                        .set("error_description", message));
        log.error("entry {}: {} {}", entry.id(), code, message);
    }

    /// What goes with an entry: its flavors, thumbnails and the work on it. The bytes follow later.
    public void entryDeleted(Handle handle, String entryId) {
        jobs.abortOfEntry(handle, entryId);
        flavors.deleteOfEntry(handle, entryId);
        thumbs.deleteOfEntry(handle, entryId);
    }

    private static Flavor sourceAsProbed(Flavor source, ProbeResult probe) {
        return new Flavor(
                source.id(),
                source.entryId(),
                source.partnerId(),
                source.flavorParamsId(),
                true,
                FlavorAssetStatus.READY,
                source.readyBehavior(),
                source.version(),
                source.blobKey(),
                or(probe.sizeBytes, source.sizeBytes()),
                source.tags(),
                source.fileExt(),
                probe.containerFormat,
                probe.videoCodec,
                probe.audioCodec,
                or(probe.width, 0),
                or(probe.height, 0),
                or(probe.bitrateKbps, 0),
                probe.frameRate == null ? 0 : probe.frameRate,
                or(probe.durationMs, 0),
                source.language(),
                source.label(),
                null,
                source.createdAt(),
                source.updatedAt());
    }

    private static long or(@Nullable Long value, long otherwise) {
        return value == null ? otherwise : value;
    }

    private static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
