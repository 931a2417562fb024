package io.millrace.storage.sql;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// A real MariaDB server as our child process, for machines where no database is configured.
///
/// ```
/// folder/lock        held while a JVM runs the server; a second one is told so
/// folder/password    of the one account, made at the first start, mode 0600
/// folder/data/       the server's; `data.installing` becomes it by rename when it is complete
/// ```
///
/// It listens on a free port of the loopback address only. It ends with this object, which its
/// owner closes after everything that uses the database (so there is no shutdown hook here that
/// would race with a drain), and with the JVM however that ends (parent-death signal); what
/// survives even that is found by its pid file and stopped by the next start, and InnoDB recovers
/// whatever a kill interrupted. When the server dies by itself it is started again on the same
/// port. Thread-safe.
public final class EmbeddedMariaDb implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedMariaDb.class);

    static final String SCHEMA = "millrace";
    static final String USER = "millrace";

    private static final int PORT_ATTEMPTS = 5;
    private static final Duration INSTALL_LIMIT = Duration.ofMinutes(2);

    /// Recovery after a crash may take long; while the process lives and works, we wait.
    private static final Duration READY_LIMIT = Duration.ofMinutes(10);

    private static final Set<PosixFilePermission> PRIVATE_FILE =
            PosixFilePermissions.fromString("rw-------");

    private final Path folder;
    private final Path data;
    private final MariaDbPrograms programs;
    private final FileChannel lock;
    private final String password;
    private final Object life = new Object();
    // Guarded by life.
    private MariaDbProcess process;
    private int port;
    private boolean closed;

    private EmbeddedMariaDb(Path folder, MariaDbPrograms programs, FileChannel lock, int wanted)
            throws IOException, InterruptedException {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.programs = programs;
        this.lock = lock;
        this.password = password(folder.resolve("password"));
        MariaDbProcess.stopLeftover(pidFile(), data);
        if (!Files.isDirectory(data)) {
            install();
        }
        if (wanted == 0) {
            this.process = launchOnFreePort();
        } else {
            this.port = wanted;
            this.process = launch(wanted);
        }
        Thread.ofPlatform().daemon().name("mariadb-watch").start(this::watch);
    }

    /// Starts the server on `folder`, its programs unpacked below the same folder.
    public static EmbeddedMariaDb start(Path folder) throws IOException, InterruptedException {
        return start(folder, folder.resolve("server"));
    }

    /// Starts the server on `folder`, making the database at the first time, and returns when it
    /// accepts connections.
    ///
    /// @param programs where the server's files are unpacked to, once per version; may be shared
    /// @throws IOException with a text for the operator
    public static EmbeddedMariaDb start(Path folder, Path programs)
            throws IOException, InterruptedException {
        return startOnPort(folder, programs, 0);
    }

    /// @param wanted 0: a free one
    static EmbeddedMariaDb startOnPort(Path folder, Path programs, int wanted)
            throws IOException, InterruptedException {
        Path real;
        FileChannel lock;
        try {
            Files.createDirectories(folder);
            real = folder.toRealPath();
            lock =
                    FileChannel.open(
                            real.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "embedded database: folder "
                            + folder.toAbsolutePath()
                            + " can't be written by user "
                            + System.getProperty("user.name")
                            + " ("
                            + e
                            + "): give that user the folder (chown) or choose another",
                    e);
        }
        try {
            acquire(lock, real);
            return new EmbeddedMariaDb(real, MariaDbPrograms.unpack(programs), lock, wanted);
        } catch (IOException | InterruptedException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /// How to reach it. The port may differ from start to start.
    public DatabaseSettings settings(int poolSize) {
        synchronized (life) {
            return new DatabaseSettings(
                    "jdbc:mysql://127.0.0.1:" + port + "/" + SCHEMA + "?sslMode=DISABLED",
                    USER,
                    password,
                    poolSize);
        }
    }

    public int port() {
        synchronized (life) {
            return port;
        }
    }

    public long pid() {
        synchronized (life) {
            return process.pid();
        }
    }

    /// Whether the server runs and accepts connections.
    public boolean isReady() {
        synchronized (life) {
            return process.isReady();
        }
    }

    /// Stops the server and waits until it has ended.
    @Override
    public void close() {
        stopProcess();
        try {
            lock.close();
        } catch (IOException e) {
            log.debug("embedded database: lock: {}", e.toString());
        }
    }

    private void stopProcess() {
        MariaDbProcess running;
        synchronized (life) {
            if (closed) {
                return;
            }
            closed = true;
            running = process;
        }
        running.stop();
        log.info("embedded database: stopped");
    }

    private static void acquire(FileChannel channel, Path folder) throws IOException {
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException _) {
            held = null;
        }
        if (held == null) {
            ByteBuffer text = ByteBuffer.allocate(32);
            channel.read(text, 0);
            String owner =
                    new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
            throw new IOException(
                    "embedded database: folder "
                            + folder
                            + " is in use by process "
                            + (owner.isEmpty() ? "?" : owner)
                            + ": stop that one or choose another data folder");
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(
                        (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
                0);
    }

    private static String password(Path file) throws IOException {
        if (Files.exists(file)) {
            String kept = Files.readString(file).strip();
            if (kept.matches("[A-Za-z0-9_-]{16,64}")) {
                return kept;
            }
            log.warn("embedded database: {} holds no password; making a new one", file);
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String fresh = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        writePrivate(file, fresh + "\n");
        return fresh;
    }

    private static void writePrivate(Path file, String text) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(aside);
        Files.createFile(aside, PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
        try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void install() throws IOException, InterruptedException {
        long started = System.nanoTime();
        Path installing = folder.resolve("data.installing");
        MariaDbPrograms.deleteTree(installing);
        var command =
                new ArrayList<>(
                        List.of(
                                programs.installer().toString(),
                                "--no-defaults",
                                "--force",
                                "--basedir=" + programs.folder(),
                                "--datadir=" + installing,
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db"));
        addUser(command);
        MariaDbProcess installer = MariaDbProcess.start(command, "KILL", folder);
        if (!installer.waitFor(INSTALL_LIMIT)) {
            installer.stop();
            throw new IOException("embedded database: making it took longer than " + INSTALL_LIMIT);
        }
        int code = installer.waitFor();
        if (code != 0 || !Files.isDirectory(installing.resolve("mysql"))) {
            throw failure("making it failed (exit code " + code + ")", installer.lastLines());
        }
        Files.move(installing, data, StandardCopyOption.ATOMIC_MOVE);
        log.info(
                "embedded database: made in {} ms in {}",
                (System.nanoTime() - started) / 1_000_000,
                data);
    }

    private MariaDbProcess launchOnFreePort() throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            int free;
            try (ServerSocket socket =
                    new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
                free = socket.getLocalPort();
            }
            try {
                MariaDbProcess started = launch(free);
                port = free;
                return started;
            } catch (PortTakenException e) {
                // Somebody took it between our look and the server's.
                if (attempt == PORT_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static final class PortTakenException extends IOException {
        private static final long serialVersionUID = 1L;

        PortTakenException(int port) {
            super("embedded database: port " + port + " is in use");
        }
    }

    private MariaDbProcess launch(int onPort) throws IOException, InterruptedException {
        long started = System.nanoTime();
        Path statements = folder.resolve("init.sql");
        writePrivate(statements, initialStatements());
        var command =
                new ArrayList<>(
                        List.of(
                                programs.server().toString(),
                                "--no-defaults",
                                "--basedir=" + programs.folder(),
                                "--datadir=" + data,
                                "--pid-file=" + pidFile(),
                                // Relative to the data folder: an absolute path may pass the 107
                                // bytes of a socket's name.
                                "--socket=s.sock",
                                "--port=" + onPort,
                                "--bind-address=127.0.0.1",
                                "--skip-name-resolve",
                                // Otherwise the server makes keys at start, for 10 s and more.
                                "--skip-ssl",
                                "--init-file=" + statements,
                                "--character-set-server=utf8mb4",
                                "--collation-server=utf8mb4_unicode_ci",
                                "--default-time-zone=+00:00",
                                "--sql-mode=STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,"
                                        + "ERROR_FOR_DIVISION_BY_ZERO",
                                "--innodb-lock-wait-timeout=10",
                                "--max-connections=200",
                                "--max-allowed-packet=64M"));
        addUser(command);
        MariaDbProcess candidate = MariaDbProcess.start(command, "TERM", folder);
        boolean ready = false;
        try {
            ready = candidate.awaitReady(READY_LIMIT);
        } finally {
            if (!ready) {
                candidate.stop();
            }
            Files.deleteIfExists(statements);
        }
        if (!ready) {
            String lines = candidate.lastLines();
            if (lines.contains("Address already in use")
                    || lines.contains("Do you already have another server running on port")) {
                throw new PortTakenException(onPort);
            }
            throw failure("the server did not start", lines);
        }
        log.info(
                "embedded database: process {} ready on 127.0.0.1:{} after {} ms",
                candidate.pid(),
                onPort,
                (System.nanoTime() - started) / 1_000_000);
        return candidate;
    }

    /// Runs at every start, one statement a line. Without the last lines any local program could
    /// log in as root, who has no password after the installation.
    private String initialStatements() {
        return String.join(
                ";\n",
                "CREATE DATABASE IF NOT EXISTS "
                        + SCHEMA
                        + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
                "CREATE USER IF NOT EXISTS '" + USER + "'@'127.0.0.1'",
                "ALTER USER '" + USER + "'@'127.0.0.1' IDENTIFIED BY '" + password + "'",
                "GRANT ALL ON " + SCHEMA + ".* TO '" + USER + "'@'127.0.0.1'",
                "DELETE FROM mysql.global_priv WHERE User = ''"
                        + " OR (User = 'root' AND Host <> 'localhost')",
                "FLUSH PRIVILEGES",
                "ALTER USER 'root'@'localhost' IDENTIFIED BY '" + password + "'",
                "");
    }

    private static void addUser(List<String> command) {
        // The server refuses to run as root unless told so; anybody else may not say --user.
        if ("root".equals(System.getProperty("user.name"))) {
            command.add("--user=root");
        }
    }

    private Path pidFile() {
        return folder.resolve("mariadbd.pid");
    }

    private void watch() {
        try {
            while (true) {
                MariaDbProcess watched;
                int onPort;
                synchronized (life) {
                    watched = process;
                    onPort = port;
                }
                int code = watched.waitFor();
                synchronized (life) {
                    if (closed) {
                        return;
                    }
                }
                log.error(
                        "embedded database: process {} ended by itself (exit code {}); starting it"
                                + " again. Its last lines:\n{}",
                        watched.pid(),
                        code,
                        watched.lastLines());
                Thread.sleep(Duration.ofSeconds(1));
                relaunch(onPort);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void relaunch(int onPort) {
        synchronized (life) {
            if (closed) {
                return;
            }
            try {
                process = launch(onPort);
            } catch (IOException e) {
                log.error("embedded database: {}", e.getMessage());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException failure(String what, String lines) {
        String hint = "";
        if (lines.contains("error while loading shared libraries")) {
            hint =
                    " A shared library of the system is missing; on Debian install libaio1"
                            + " libncurses6 libssl3 libcrypt1 zlib1g, or set database.url.";
        } else if (lines.contains("No space left on device")) {
            hint = " The volume is full.";
        } else if (lines.contains("Permission denied")) {
            hint =
                    " User "
                            + System.getProperty("user.name")
                            + " may not write the data folder (or the volume forbids programs).";
        }
        return new IOException("embedded database: " + what + "." + hint + " It said:\n" + lines);
    }
}
