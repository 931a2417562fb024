package io.millrace.delivery.http;

import io.netty.handler.ssl.OpenSslServerContext;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;

/// The keys that session tickets are sealed with: a client that comes back resumes its session,
/// also after the certificate changed. A new key every some hours; tickets of the last two still
/// open. Only for BoringSSL: the JDK keeps its own. Not thread-safe.
final class TicketKeys {
    private static final Duration ROTATE_AFTER = Duration.ofHours(8);
    private static final int KEPT = 3;

    private final SecureRandom random = new SecureRandom();
    private final ArrayDeque<OpenSslSessionTicketKey> newestFirst = new ArrayDeque<>();
    private long rotatedNs;

    TicketKeys() {
        add();
    }

    /// Makes a new key when it is time; true when one was made.
    boolean rotate() {
        if (System.nanoTime() - rotatedNs < ROTATE_AFTER.toNanos()) {
            return false;
        }
        add();
        return true;
    }

    private void add() {
        rotatedNs = System.nanoTime();
        byte[] name = new byte[OpenSslSessionTicketKey.NAME_SIZE];
        byte[] hmac = new byte[OpenSslSessionTicketKey.HMAC_KEY_SIZE];
        byte[] aes = new byte[OpenSslSessionTicketKey.AES_KEY_SIZE];
        random.nextBytes(name);
        random.nextBytes(hmac);
        random.nextBytes(aes);
        newestFirst.addFirst(new OpenSslSessionTicketKey(name, hmac, aes));
        Arrays.fill(hmac, (byte) 0);
        Arrays.fill(aes, (byte) 0);
        if (newestFirst.size() > KEPT) {
            newestFirst.removeLast();
        }
    }

    /// Without this, Netty switches tickets off.
    void applyTo(SslContext context) {
        if (context instanceof OpenSslServerContext server
                && server.sessionContext() instanceof OpenSslServerSessionContext sessions) {
            sessions.setTicketKeys(newestFirst.toArray(OpenSslSessionTicketKey[]::new));
        }
    }
}
