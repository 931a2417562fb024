package io.millrace.storage.process;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a child process sees of this machine. Immutable; thread-safe.
///
/// With bubblewrap: no network, no other process, the system read-only, its input read-only, one
/// folder to write, no environment but ours. Without it, or where the kernel forbids it (a
/// container without user namespaces), a plain child with resource limits. Which one it is, is
/// found out by trying once, and logged.
public final class Sandbox {
    private static final Logger log = LoggerFactory.getLogger(Sandbox.class);

    private static final Path BWRAP = Path.of("/usr/bin/bwrap");
    private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final Path TEMPORARY = Path.of("/tmp");

    /// What programs and their loader need of the system; what is missing is left out.
    private static final List<String> SYSTEM =
            List.of(
                    "/usr",
                    "/bin",
                    "/sbin",
                    "/lib",
                    "/lib32",
                    "/lib64",
                    // Debian: the libraries behind alternatives (BLAS and the like).
                    "/etc/alternatives",
                    "/etc/ld.so.cache",
                    "/etc/ld.so.conf",
                    "/etc/ld.so.conf.d");

    private final boolean bubblewrap;
    private final boolean prlimit;
    private final boolean setsid;
    private final String description;

    /// The files that one child may see, at the same paths inside and outside.
    ///
    /// @param programs folders of the program and its libraries
    /// @param inputs read-only
    /// @param outputFolder the one place to write; the working folder. Null for a child that only
    ///   reads its standard input and writes its standard output
    public record View(List<Path> programs, List<Path> inputs, @Nullable Path outputFolder) {
        public View {
            programs = programs.stream().map(Path::toAbsolutePath).toList();
            inputs = inputs.stream().map(Path::toAbsolutePath).toList();
            outputFolder = outputFolder == null ? null : outputFolder.toAbsolutePath();
        }

        /// Of a child that touches no file of ours.
        public static View pipes(List<Path> programs) {
            return new View(programs, List.of(), null);
        }

        /// Where the child starts, outside of any sandbox.
        Path workingFolder() {
            return outputFolder == null ? TEMPORARY : outputFolder;
        }
    }

    private Sandbox(boolean bubblewrap, String why) {
        this.bubblewrap = bubblewrap;
        this.prlimit = Files.isExecutable(PRLIMIT);
        this.setsid = Files.isExecutable(SETSID);
        this.description =
                (bubblewrap ? "bubblewrap" : "plain child processes (" + why + ")")
                        + (prlimit ? ", limits by prlimit" : ", no prlimit");
    }

    /// Finds out what this machine allows, and logs it.
    public static Sandbox detect() throws InterruptedException {
        String why = whyNotBubblewrap();
        Sandbox sandbox = new Sandbox(why.isEmpty(), why);
        if (sandbox.bubblewrap) {
            log.info("sandbox of child processes: {}", sandbox);
        } else {
            log.warn(
                    "sandbox of child processes: {}; install bubblewrap and allow user namespaces"
                            + " to fence ffmpeg in",
                    sandbox);
        }
        return sandbox;
    }

    /// No bubblewrap even where it works; for machines where an operator switches it off.
    public static Sandbox plain() {
        return new Sandbox(false, "switched off");
    }

    public boolean isBubblewrap() {
        return bubblewrap;
    }

    @Override
    public String toString() {
        return description;
    }

    /// The whole argument array that runs `command` within the view and the limits.
    List<String> command(List<String> command, View view, ChildLimits limits) {
        List<String> full = new ArrayList<>(ChildStarter.dieWithParent("KILL"));
        if (setsid) {
            full.add(SETSID.toString());
        }
        if (prlimit) {
            long files = Math.max(limits.outputBytes(), 1 << 20);
            full.add(PRLIMIT.toString());
            full.add("--core=0");
            full.add("--nofile=256");
            // A soft limit below the hard one: the child ends with SIGXCPU and not with the same
            // SIGKILL as from a machine out of memory.
            long cpuSeconds = limits.cpu().toSeconds();
            full.add("--cpu=" + cpuSeconds + ":" + (cpuSeconds + 5));
            full.add("--fsize=" + files);
            full.add("--as=" + limits.memoryBytes());
            full.add("--");
        }
        if (bubblewrap) {
            full.addAll(bubblewrap(view));
            environment(view)
                    .forEach(
                            (key, value) -> {
                                full.add("--setenv");
                                full.add(key);
                                full.add(value);
                            });
            full.add("--");
        }
        full.addAll(command);
        return full;
    }

    Map<String, String> environment(View view) {
        var environment = new LinkedHashMap<String, String>();
        environment.put("PATH", "/usr/bin:/bin");
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("HOME", view.workingFolder().toString());
        environment.put("TMPDIR", view.workingFolder().toString());
        if (!view.programs().isEmpty()) {
            environment.put(
                    "LD_LIBRARY_PATH",
                    String.join(":", view.programs().stream().map(Path::toString).toList()));
        }
        return environment;
    }

    private static List<String> bubblewrap(View view) {
        List<String> arguments = new ArrayList<>();
        arguments.add(BWRAP.toString());
        arguments.addAll(
                List.of(
                        "--unshare-ipc",
                        "--unshare-pid",
                        "--unshare-net",
                        "--unshare-uts",
                        "--unshare-cgroup-try",
                        "--die-with-parent",
                        "--new-session",
                        "--cap-drop",
                        "ALL",
                        "--clearenv"));
        if ("root".equals(System.getProperty("user.name"))) {
            // Without it root may not read what another user's files allow their owner only; what
            // is not mounted here stays out of reach, and what is mounted read-only stays so.
            arguments.addAll(List.of("--cap-add", "CAP_DAC_OVERRIDE"));
        }
        for (String path : SYSTEM) {
            Path at = Path.of(path);
            if (Files.isSymbolicLink(at)) {
                try {
                    arguments.addAll(
                            List.of("--symlink", Files.readSymbolicLink(at).toString(), path));
                } catch (IOException _) {
                    // Not there inside, then.
                }
            } else if (Files.exists(at)) {
                arguments.addAll(List.of("--ro-bind", path, path));
            }
        }
        arguments.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"));
        for (Path program : view.programs()) {
            arguments.addAll(List.of("--ro-bind", program.toString(), program.toString()));
        }
        String output = view.workingFolder().toString();
        if (view.outputFolder() != null) {
            arguments.addAll(List.of("--bind", output, output));
        }
        for (Path input : view.inputs()) {
            arguments.addAll(List.of("--ro-bind", input.toString(), input.toString()));
        }
        arguments.addAll(List.of("--chdir", output));
        return arguments;
    }

    /// Empty when it works.
    private static String whyNotBubblewrap() throws InterruptedException {
        if (!Files.isExecutable(BWRAP)) {
            return "no " + BWRAP;
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("sandbox-probe");
            List<String> command = bubblewrap(new View(List.of(), List.of(), folder));
            command.addAll(List.of("--", "/usr/bin/true"));
            Process process =
                    ChildStarter.start(new ProcessBuilder(command).redirectErrorStream(true));
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "bubblewrap did not answer in 10 s";
            }
            String said =
                    new String(
                                    process.getInputStream().readNBytes(500),
                                    java.nio.charset.StandardCharsets.UTF_8)
                            .strip();
            return process.exitValue() == 0
                    ? ""
                    : "bubblewrap: " + (said.isEmpty() ? "exit " + process.exitValue() : said);
        } catch (IOException e) {
            return "bubblewrap: " + e.getMessage();
        } finally {
            if (folder != null) {
                try {
                    Files.deleteIfExists(folder);
                } catch (IOException e) {
                    log.debug("{}: {}", folder, e.toString());
                }
            }
        }
    }
}
