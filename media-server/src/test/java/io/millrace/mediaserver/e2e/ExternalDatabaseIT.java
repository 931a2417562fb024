package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.kaltura.client.KalturaApiException;
import com.kaltura.client.KalturaClient;
import com.kaltura.client.KalturaConfiguration;
import com.kaltura.client.enums.KalturaEntryStatus;
import com.kaltura.client.enums.KalturaMediaType;
import com.kaltura.client.enums.KalturaSessionType;
import com.kaltura.client.types.KalturaFlavorAsset;
import com.kaltura.client.types.KalturaMediaEntry;
import com.kaltura.client.types.KalturaMediaEntryFilter;
import com.kaltura.client.types.KalturaUploadToken;
import com.kaltura.client.types.KalturaUploadedFileTokenResource;

import io.millrace.storage.sql.DatabaseSettings;
import io.millrace.storage.sql.EmbeddedMariaDb;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A program written for Kaltura, with the official Java client as it is, against a server that
/// keeps its rows in a database that somebody else runs (a real MariaDB at `database.url`).
class ExternalDatabaseIT {
    private static final Pattern PARTNER = Pattern.compile("Partner +(\\d+)");
    private static final Pattern ADMIN_SECRET = Pattern.compile("Admin secret +(\\w+)");

    @TempDir Path folder;

    @Test
    void theOfficialClientPublishesAVideo() throws Exception {
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 5, 640, 360);
        int ports = MillraceProcess.freePortBase();
        try (var database = EmbeddedMariaDb.start(folder.resolve("their-database"))) {
            DatabaseSettings settings = database.settings(4);
            try (var millrace =
                    MillraceProcess.serve(
                            folder,
                            ports,
                            "--set",
                            "database.url=" + settings.url(),
                            "--set",
                            "database.user=" + settings.user(),
                            "--set",
                            "database.password=" + settings.password())) {
                Awaitility.await().until(() -> millrace.output().contains("Ctrl-C"));
                int partnerId = Integer.parseInt(printed(millrace, PARTNER));
                String secret = printed(millrace, ADMIN_SECRET);
                publish(clip, millrace.base(), partnerId, secret);
                assertThat(folder.resolve("data").resolve("database")).doesNotExist();
                millrace.stop();
            }
        }
    }

    private static String printed(MillraceProcess millrace, Pattern pattern) throws Exception {
        Matcher matcher = pattern.matcher(millrace.output());
        assertThat(matcher.find()).as(millrace.output()).isTrue();
        return matcher.group(1);
    }

    private static void publish(Path clip, String base, int partnerId, String secret)
            throws Exception {
        var configuration = new KalturaConfiguration();
        configuration.setEndpoint(base);
        var client = new KalturaClient(configuration);
        client.setSessionId(
                client.getSessionService()
                        .start(secret, "program", KalturaSessionType.ADMIN, partnerId, 3600, ""));

        KalturaUploadToken token = client.getUploadTokenService().add();
        client.getUploadTokenService().upload(token.id, clip.toFile());
        var wanted = new KalturaMediaEntry();
        wanted.name = "From a program";
        wanted.mediaType = KalturaMediaType.VIDEO;
        KalturaMediaEntry entry = client.getMediaService().add(wanted);
        var resource = new KalturaUploadedFileTokenResource();
        resource.token = token.id;
        client.getMediaService().addContent(entry.id, resource);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(
                        () ->
                                client.getMediaService().get(entry.id).status
                                        == KalturaEntryStatus.READY);

        KalturaMediaEntry ready = client.getMediaService().get(entry.id);
        assertThat(ready.duration).isEqualTo(5);
        List<KalturaFlavorAsset> flavors = client.getFlavorAssetService().getByEntryId(entry.id);
        assertThat(flavors).hasSizeGreaterThanOrEqualTo(2);
        var filter = new KalturaMediaEntryFilter();
        filter.freeText = "program";
        assertThat(client.getMediaService().list(filter).objects)
                .extracting(found -> found.id)
                .contains(entry.id);
        Ffmpeg.decode(ready.dataUrl);

        client.getMediaService().delete(entry.id);
        assertThat(
                        org.assertj.core.api.Assertions.catchThrowableOfType(
                                        KalturaApiException.class,
                                        () -> client.getMediaService().get(entry.id))
                                .code)
                .isEqualTo("ENTRY_ID_NOT_FOUND");
    }
}
