package io.millrace.storage.testing;

import io.millrace.storage.s3.S3Settings;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// s3proxy on a folder, as a child process: a real S3 server. It is where the build puts it
/// (`target/s3proxy/s3proxy.jar`), or where the system property `s3proxy.jar` says.
public final class S3Server implements AutoCloseable {
    private static final String ID = "test-identity";
    private static final String SECRET = "test-credential-that-is-secret";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static @Nullable S3Server shared;

    private final Process process;
    private final int port;
    private final Path log;
    private final S3Client client;

    private S3Server(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
        client =
                S3Client.builder()
                        .endpointOverride(endpoint())
                        .region(Region.US_EAST_1)
                        .forcePathStyle(true)
                        .httpClientBuilder(UrlConnectionHttpClient.builder())
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create(ID, SECRET)))
                        .build();
    }

    /// One for all tests of this JVM; ended with it.
    public static synchronized S3Server shared() throws IOException, InterruptedException {
        S3Server running = shared;
        if (running == null) {
            running = start(Files.createTempDirectory("s3proxy"));
            Runtime.getRuntime().addShutdownHook(new Thread(running::close));
            shared = running;
        }
        return running;
    }

    /// @param folder for its objects, made when it is missing
    public static S3Server start(Path folder) throws IOException, InterruptedException {
        Path jar = Path.of(System.getProperty("s3proxy.jar", "target/s3proxy/s3proxy.jar"));
        if (!Files.isRegularFile(jar)) {
            throw new IOException(
                    jar.toAbsolutePath() + ": no such file; the build's copy step makes it");
        }
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path data = Files.createDirectories(folder.resolve("data"));
        Path properties = folder.resolve("s3proxy.properties");
        Files.write(
                properties,
                List.of(
                        "s3proxy.endpoint=http://127.0.0.1:" + port,
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.identity=" + ID,
                        "s3proxy.credential=" + SECRET,
                        "jclouds.provider=filesystem",
                        "jclouds.filesystem.basedir=" + data));
        Path log = folder.resolve("s3proxy.log");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-jar",
                                jar.toAbsolutePath().toString(),
                                "--properties",
                                properties.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        var server = new S3Server(process, port, log);
        server.awaitOpen();
        return server;
    }

    private void awaitOpen() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (ConnectException e) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    close();
                    throw new IOException("s3proxy does not listen:\n" + Files.readString(log), e);
                }
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// A client of the test's own, to look behind the store's back.
    public S3Client client() {
        return client;
    }

    /// Makes a fresh bucket.
    public String newBucket() {
        String name = "test-" + UUID.randomUUID();
        client.createBucket(b -> b.bucket(name));
        return name;
    }

    /// Settings for a bucket of this server.
    public S3Settings settings(String bucket) {
        return settings(bucket, Duration.ofSeconds(10));
    }

    public S3Settings settings(String bucket, Duration attemptTimeout) {
        return new S3Settings(
                endpoint(),
                "us-east-1",
                bucket,
                "below/here",
                true,
                ID,
                SECRET,
                32,
                attemptTimeout,
                S3Settings.MIN_PART_BYTES);
    }

    /// Stops the process where it is: connections stay open and nothing answers.
    public void hang() throws IOException, InterruptedException {
        signal("-STOP");
    }

    /// Lets it go on.
    public void goOn() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        int status =
                new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
        if (status != 0) {
            throw new IOException("kill " + signal + ": " + status);
        }
    }

    @Override
    public void close() {
        client.close();
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
