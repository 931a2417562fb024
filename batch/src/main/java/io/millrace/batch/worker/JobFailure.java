package io.millrace.batch.worker;

/// How a job failed, in the words of the API.
///
/// @param code for programs: `TRUNCATED`, `FFMPEG_FAILED`
/// @param message for people
record JobFailure(String code, String message, boolean permanent) {
    static final String WORKER_STOPPED = "WORKER_STOPPED";
}
