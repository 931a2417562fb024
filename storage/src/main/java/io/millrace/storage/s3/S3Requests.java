package io.millrace.storage.s3;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.storage.blob.BlobReplacedException;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;
import io.millrace.storage.volume.Circuit;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Requests to one bucket: so many at a time, each with time-outs and a bounded number of repeats,
/// counted, and with failures told in the words of {@link io.millrace.storage.blob}. Thread-safe.
///
/// Metrics: `millrace.s3.requests{op,outcome}` (with time), `millrace.s3.received`, `.sent`
/// (bytes), `.active`.
final class S3Requests implements AutoCloseable {
    private static final int MAX_ATTEMPTS = 3;

    /// A part of many megabytes over a slow line, or a copy inside the server, takes its time.
    private static final Duration WRITE_TIMEOUT = Duration.ofMinutes(2);

    static {
        // The JDK keeps five connections a host by default; the others would be made anew for every
        // request.
        if (System.getProperty("http.maxConnections") == null) {
            System.setProperty("http.maxConnections", "64");
        }
    }

    /// A request to the bucket.
    @FunctionalInterface
    interface Call<T> {
        T run(S3Client client) throws IOException;
    }

    private final S3Settings settings;
    private final S3Client client;
    private final S3Client writer;
    private final Circuit circuit;
    private final Semaphore permits;
    private final MeterRegistry registry;
    private final Counter received;
    private final Counter sent;

    S3Requests(S3Settings settings, MeterRegistry registry) {
        this.settings = settings;
        this.registry = registry;
        permits = new Semaphore(settings.maxRequests(), true);
        client = client(settings, settings.attemptTimeout(), MAX_ATTEMPTS);
        writer = client(settings, WRITE_TIMEOUT, MAX_ATTEMPTS);
        circuit = new Circuit("S3 " + settings);
        received =
                Counter.builder("millrace.s3.received")
                        .baseUnit("bytes")
                        .description("Bytes of objects read from S3")
                        .register(registry);
        sent =
                Counter.builder("millrace.s3.sent")
                        .baseUnit("bytes")
                        .description("Bytes of objects written to S3")
                        .register(registry);
        Gauge.builder(
                        "millrace.s3.active",
                        permits,
                        p -> settings.maxRequests() - p.availablePermits())
                .description("Requests to S3 under way")
                .register(registry);
    }

    /// @param attempt silence of the server after which a request has failed; times the attempts,
    ///   how long it may take as a whole
    private static S3Client client(S3Settings settings, Duration attempt, int attempts) {
        S3ClientBuilder builder =
                S3Client.builder()
                        .region(Region.of(settings.region()))
                        .forcePathStyle(settings.pathStyle())
                        // Servers that are not AWS refuse the trailing checksums; parts carry an
                        // MD5 instead.
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .serviceConfiguration(
                                S3Configuration.builder()
                                        .expectContinueEnabled(false)
                                        .chunkedEncodingEnabled(false)
                                        .build())
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(
                                                attempt.compareTo(Duration.ofSeconds(3)) < 0
                                                        ? attempt
                                                        : Duration.ofSeconds(3))
                                        .socketTimeout(attempt))
                        .overrideConfiguration(
                                o ->
                                        o.retryStrategy(
                                                        StandardRetryStrategy.builder()
                                                                .maxAttempts(attempts)
                                                                .build())
                                                .apiCallTimeout(attempt.multipliedBy(attempts)));
        builder.credentialsProvider(
                settings.accessKey().isEmpty()
                        ? DefaultCredentialsProvider.builder().build()
                        : StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(
                                        settings.accessKey(), settings.secretKey())));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    /// Runs a request that moves much or changes something: with more time.
    <T> T write(String op, String what, Call<T> call) throws IOException {
        return run(op, what, writer, call);
    }

    /// Whether the server is taken for dead now.
    boolean isHung() {
        return circuit.isOpen();
    }

    /// Runs a request, waiting for a free place first.
    ///
    /// @param op names it in metrics and messages: `get`, `put`
    /// @throws NoSuchFileException when there is no such object
    /// @throws BlobReplacedException when the object is not the version that was asked for
    <T> T run(String op, String what, Call<T> call) throws IOException {
        return run(op, what, client, call);
    }

    private <T> T run(String op, String what, S3Client with, Call<T> call) throws IOException {
        circuit.enter();
        Duration patience = settings.attemptTimeout();
        try {
            if (!permits.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                count(op, "refused", 0);
                throw new StorageUnavailableException(
                        "S3 "
                                + op
                                + " "
                                + what
                                + ": all "
                                + settings.maxRequests()
                                + " requests were taken for "
                                + patience.toSeconds()
                                + " s");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("S3 " + op + " " + what + ": interrupted");
        }
        long started = System.nanoTime();
        String outcome = "failed";
        try {
            T result = call.run(with);
            outcome = "ok";
            circuit.succeeded();
            return result;
        } catch (SdkException e) {
            IOException told = told(op, what, e);
            if (told instanceof StorageTimeoutException
                    || (told instanceof StorageUnavailableException
                            && !(e instanceof S3Exception))) {
                circuit.failed(told);
            } else {
                circuit.succeeded();
            }
            outcome =
                    switch (told) {
                        case NoSuchFileException _ -> "missing";
                        case BlobReplacedException _ -> "replaced";
                        case StorageTimeoutException _ -> "timeout";
                        default -> "failed";
                    };
            throw told;
        } catch (SocketTimeoutException e) {
            outcome = "timeout";
            var timeout =
                    new StorageTimeoutException("S3 " + op + " " + what + ": " + e.getMessage(), e);
            circuit.failed(timeout);
            throw timeout;
        } finally {
            permits.release();
            count(op, outcome, System.nanoTime() - started);
        }
    }

    void received(long bytes) {
        received.increment(bytes);
    }

    void sent(long bytes) {
        sent.increment(bytes);
    }

    private void count(String op, String outcome, long nanos) {
        Timer.builder("millrace.s3.requests")
                .description("Requests to S3, repeats included in the time")
                .tag("op", op)
                .tag("outcome", outcome)
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /// A failure of the SDK as one of ours.
    private IOException told(String op, String what, SdkException e) {
        String subject = "S3 " + op + " " + what + " in " + settings;
        if (e instanceof S3Exception s3) {
            String code =
                    s3.awsErrorDetails() == null ? "" : " " + s3.awsErrorDetails().errorCode();
            String said = subject + ": " + s3.statusCode() + code;
            if (code.contains("NoSuchBucket")) {
                return new StorageUnavailableException(said + ": there is no such bucket", e);
            }
            return switch (s3.statusCode()) {
                case 404 -> missing(what, e);
                case 409, 412 -> new BlobReplacedException(said + ": it was replaced", e);
                case 401, 403 ->
                        new StorageUnavailableException(
                                said + ": refused; check the keys and what they allow", e);
                case 408, 504 -> new StorageTimeoutException(said, e);
                default -> new StorageUnavailableException(said, e);
            };
        }
        if (e instanceof AbortedException) {
            Thread.currentThread().interrupt();
            return (IOException) new InterruptedIOException(subject + ": interrupted").initCause(e);
        }
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (e instanceof ApiCallTimeoutException
                || e instanceof ApiCallAttemptTimeoutException
                || root instanceof SocketTimeoutException) {
            return new StorageTimeoutException(subject + ": no answer in time", e);
        }
        String reason = root instanceof SdkClientException ? root.getMessage() : root.toString();
        return new StorageUnavailableException(subject + ": " + reason, e);
    }

    private static NoSuchFileException missing(String what, SdkException e) {
        var missing = new NoSuchFileException(what);
        missing.initCause(e);
        return missing;
    }

    @Override
    public void close() {
        client.close();
        writer.close();
    }
}
