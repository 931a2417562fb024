package io.millrace.platformapi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.kaltura.client.KalturaApiException;
import com.kaltura.client.KalturaClient;
import com.kaltura.client.KalturaConfiguration;
import com.kaltura.client.enums.KalturaSessionType;
import com.kaltura.client.types.KalturaSessionInfo;
import com.kaltura.client.types.KalturaStartWidgetSessionResponse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.InstantSource;
import java.util.List;

/// The official Kaltura Java client, unmodified, against the dispatcher over HTTP: forms, XML and
/// its own tokens.
class KalturaJavaClientTest {
    private final ApiDispatcher dispatcher = TestPlatform.dispatcher(InstantSource.system());
    private ApiHttpServer server;
    private KalturaClient client;

    @BeforeEach
    void start() throws Exception {
        server = new ApiHttpServer(dispatcher::handle);
        var configuration = new KalturaConfiguration();
        configuration.setEndpoint(server.address().toString());
        client = new KalturaClient(configuration);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void pingsAndStartsSessions() throws Exception {
        assertThat(client.getSystemService().ping()).isTrue();
        String ks =
                client.getSessionService()
                        .start("admin", "boss", KalturaSessionType.ADMIN, 102, 600, "list:*");
        client.setSessionId(ks);
        KalturaSessionInfo info = client.getSessionService().get();
        assertThat(info.partnerId).isEqualTo(102);
        assertThat(info.userId).isEqualTo("boss");
        assertThat(info.sessionType).isEqualTo(KalturaSessionType.ADMIN);
        assertThat(info.privileges).isEqualTo("list:*");
        client.getSessionService().end();
        assertThatThrownBy(() -> client.getSessionService().get())
                .isInstanceOfSatisfying(
                        KalturaApiException.class, e -> assertThat(e.code).isEqualTo("INVALID_KS"));
    }

    @Test
    void acceptsTheTokensThatTheClientMakesItself() throws Exception {
        client.setSessionId(
                client.generateSession(
                        "admin", "me", KalturaSessionType.ADMIN, 102, 600, "edit:0_abc"));
        assertThat(client.getSessionService().get().userId).isEqualTo("me");
        client.setSessionId(
                client.generateSessionV2(
                        "admin", "me", KalturaSessionType.USER, 102, 600, "edit:0_abc,list:*"));
        assertThat(client.getSessionService().get().privileges).isEqualTo("edit:0_abc,list:*");
        client.setSessionId(
                client.generateSessionV2("wrong", "me", KalturaSessionType.USER, 102, 600, ""));
        assertThatThrownBy(() -> client.getSessionService().get())
                .isInstanceOfSatisfying(
                        KalturaApiException.class, e -> assertThat(e.code).isEqualTo("INVALID_KS"));
    }

    @Test
    void sendsMultirequests() throws Exception {
        client.startMultiRequest();
        client.getSystemService().ping();
        client.getSessionService().startWidgetSession("_102");
        client.getSessionService().startWidgetSession("_999");
        List<Object> results = client.doMultiRequest();
        // Inside a multirequest this client leaves primitives as the XML has them.
        assertThat(results.get(0)).isEqualTo("1");
        assertThat(results.get(1))
                .isInstanceOfSatisfying(
                        KalturaStartWidgetSessionResponse.class,
                        r -> assertThat(r.partnerId).isEqualTo(102));
        assertThat(results.get(2))
                .isInstanceOfSatisfying(
                        KalturaApiException.class,
                        e -> assertThat(e.code).isEqualTo("INVALID_WIDGET_ID"));
    }
}
