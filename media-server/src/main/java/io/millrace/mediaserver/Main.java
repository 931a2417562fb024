package io.millrace.mediaserver;

import io.millrace.mediaserver.cli.MillraceCommand;

/// Where the program begins.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(MillraceCommand.run(arguments));
    }
}
