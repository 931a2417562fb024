package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.Version;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;

@Command(
        name = "version",
        description = "Prints the version of Millrace, of Java, and of the ffmpeg it carries.")
final class VersionCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        Version version = Version.current();
        PrintWriter out = spec.commandLine().getOut();
        out.println("millrace " + version.version());
        out.println("java " + Runtime.version());
        out.println(
                "ffmpeg "
                        + version.ffmpegVersion().replaceFirst("-.*", "")
                        + (version.ffmpegClassifier().endsWith("-gpl")
                                ? " (GPL build with x264, a separate program)"
                                : " (LGPL build, a separate program)"));
        out.flush();
    }
}
