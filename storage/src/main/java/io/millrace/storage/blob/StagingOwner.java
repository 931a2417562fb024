package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/// Which process a name in the staging folder belongs to, as a part of the name:
/// `{machine}-{pid}-{start}`, where machine stands for the kernel's boot and the process namespace.
/// So a start may remove at once what a dead process left, and never touches what another node or
/// another live process of this machine is writing into the shared folder.
record StagingOwner(String machine, long pid, long startMillis) {
    static StagingOwner current() {
        ProcessHandle self = ProcessHandle.current();
        return new StagingOwner(machineOfThisProcess(), self.pid(), startMillis(self));
    }

    String text() {
        return machine + '-' + Long.toString(pid, 36) + '-' + Long.toString(startMillis, 36);
    }

    static Optional<StagingOwner> parse(String text) {
        String[] fields = text.split("-", -1);
        if (fields.length != 3) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new StagingOwner(
                            fields[0],
                            Long.parseLong(fields[1], 36),
                            Long.parseLong(fields[2], 36)));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /// True only when it is certain: the same machine and namespace, and no such process any more.
    boolean isDead() {
        if (!machine.equals(machineOfThisProcess())) {
            return false;
        }
        return ProcessHandle.of(pid)
                .map(process -> startMillis(process) != startMillis)
                .orElse(true);
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String machineOfThisProcess() {
        try {
            String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            var hash = new java.util.zip.CRC32C();
            hash.update((boot + namespace).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().toHexDigits((int) hash.getValue());
        } catch (IOException _) {
            return "unknown" + ProcessHandle.current().pid();
        }
    }
}
