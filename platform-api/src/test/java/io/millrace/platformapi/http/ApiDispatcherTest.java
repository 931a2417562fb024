package io.millrace.platformapi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.Privileges;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class ApiDispatcherTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);

    private final ApiDispatcher dispatcher = TestPlatform.dispatcher(CLOCK);

    static String ks(int partnerId, String secret, int type, String user, String privileges) {
        return KsFormat.makeV2(
                partnerId,
                secret,
                type,
                user,
                NOW.getEpochSecond() + 600,
                Privileges.parse(privileges),
                null);
    }

    private final String admin = ks(102, "admin", 2, "boss", "*");

    @Test
    void answersXmlByDefaultInTheExactEnvelope() {
        assertThat(text(get("/api_v3/service/system/action/getVersion", "")))
                .matches(
                        "<\\?xml version=\"1.0\" encoding=\"utf-8\"\\?><xml><result>1\\.2\\.3</result><executionTime>0\\.\\d{4}</executionTime></xml>");
        assertThat(xml(get("/api_v3/service/system/action/ping", ""))).isEqualTo("1");
    }

    @Test
    void answersBareValuesInJson() {
        assertThat(text(get("/api_v3/service/system/action/ping/format/1", ""))).isEqualTo("true");
        assertThat(text(get("/api_v3/index.php", "service=SYSTEM&action=GetTime&format=1")))
                .isEqualTo("1800000000");
        assertThat(text(get("/api_v3/", "service=system&action=getVersion&format=1")))
                .isEqualTo("\"1.2.3\"");
        assertThat(text(get("/api/service/plugin_system/action/getVersion/format/1/", "")))
                .isEqualTo("\"1.2.3\"");
        assertThat(text(get("/api_v3/service/system/action/ping/", "format=9&callback=a.b")))
                .isEqualTo("a.b(true);");
        assertThat(text(get("/api_v3/service/system/action/ping/", "format=9&callback=alert(1)")))
                .contains("INVALID_CALLBACK");
    }

    @Test
    void namesWhatIsUnknown() {
        assertThat(json("/api_v3/service/nope/action/x", "{}"))
                .isEqualTo(
                        "{\"code\":\"SERVICE_DOES_NOT_EXISTS\",\"message\":\"Service [nope] does not exists\",\"objectType\":\"KalturaAPIException\",\"args\":{\"SERVICE_NAME\":\"nope\"}}");
        assertThat(json("/api_v3/service/system/action/nope", "{}"))
                .contains(
                        "\"code\":\"ACTION_DOES_NOT_EXISTS\"",
                        "\"args\":{\"ACTION_NAME\":\"nope\",\"SERVICE_NAME\":\"system\"}");
        assertThat(json("/api_v3/", "{}")).contains("SERVICE_NOT_SPECIFIED");
        assertThat(json("/api_v3/service/system", "{}")).contains("ACTION_NOT_SPECIFIED");
        assertThat(xml(get("/api_v3/service/system/action/ping", "format=17")))
                .isEqualTo(
                        "<error><code>UNKNOWN_RESPONSE_FORMAT</code><message>Response format [17] is not supported</message><objectType>KalturaAPIException</objectType><args><item><objectType>KalturaApiExceptionArg</objectType><name>FORMAT</name><value>17</value></item></args></error>");
        assertThat(get("/api_v3/service/nope/action/x", "").status()).isEqualTo(200);
        assertThat(json("/api_v3/service/system/action/ping", "{nonsense"))
                .contains("INVALID_JSON");
    }

    @Test
    void readsOneTreeFromEveryForm() {
        String expected =
                "{\"s\":\"a b\",\"i\":7,\"b\":true,\"objectType\":\"ignored\",\"list\":[\"x\",\"y\"],\"map\":{\"k\":\"v\"},\"pager\":{\"pageSize\":5}}";
        assertThat(
                        json(
                                "/api_v3/service/echo/action/echo",
                                expected.replace("{\"s\"", "{\"ks\":\"" + admin + "\",\"s\"")))
                .isEqualTo(EchoService.EXPECTED);
        String form =
                "s=a+b&i=7&b=true&list:1=y&list:0=x&map:k=v&pager:pageSize=5&pager:objectType=KalturaFilterPager&format=1&ks="
                        + admin;
        assertThat(text(post("application/x-www-form-urlencoded", form)))
                .isEqualTo(EchoService.EXPECTED);
        assertThat(
                        text(
                                post(
                                        "application/x-www-form-urlencoded",
                                        form.replaceAll("(\\w+):(\\w+)=", "$1%5B$2%5D="))))
                .isEqualTo(EchoService.EXPECTED);
        assertThat(text(get("/api_v3/service/echo/action/echo", form)))
                .isEqualTo(EchoService.EXPECTED);
        var fields = new ArrayList<ApiRequest.FormField>();
        for (String pair : form.replace('+', ' ').split("&")) {
            int equals = pair.indexOf('=');
            fields.add(
                    new ApiRequest.FormField(
                            pair.substring(0, equals), pair.substring(equals + 1)));
        }
        assertThat(text(dispatcher.handle(multipart(fields, List.of()))))
                .isEqualTo(EchoService.EXPECTED);
        assertThat(
                        text(
                                dispatcher.handle(
                                        multipart(
                                                List.of(
                                                        new ApiRequest.FormField(
                                                                "json",
                                                                expected.replace(
                                                                        "{\"s\"",
                                                                        "{\"format\":1,\"ks\":\""
                                                                                + admin
                                                                                + "\",\"s\""))),
                                                List.of()))))
                .isEqualTo(EchoService.EXPECTED);
        String path =
                form.replace('+', ' ').replace(" ", "%20").replace('=', '/').replace('&', '/');
        // The token's padding must survive in a path.
        path = path.substring(0, path.indexOf("/ks/")) + "/ks/" + admin.replace("=", "%3D");
        assertThat(text(get("/api_v3/service/echo/action/echo/" + path, "")))
                .isEqualTo(EchoService.EXPECTED);
    }

    @Test
    void writesObjectsAsXml() {
        String query = "i=7&b=1&list:0=%3C%26%3E&list:1=&map:k=v&pager:pageSize=5&ks=" + admin;
        assertThat(xml(get("/api_v3/service/echo/action/echo", query)))
                .isEqualTo(
                        "<objectType>KalturaEcho</objectType><s></s><i>7</i><b>1</b><list><item>&lt;&amp;&gt;</item><item></item></list><map><item><itemKey>k</itemKey>v</item></map><pager><objectType>KalturaFilterPager</objectType><pageSize>5</pageSize><pageIndex></pageIndex></pager><nulled></nulled>");
        assertThat(xml(get("/api_v3/service/echo/action/echo", query + "&ignoreNull=1")))
                .doesNotContain("<s>")
                .doesNotContain("<pageIndex>");
        assertThat(xml(get("/api_v3/service/echo/action/echo", query + "&ignoreNull=true")))
                .contains("<s></s>");
    }

    @Test
    void picksTheClassThatAnObjectTypeNames() {
        String path = "/api_v3/service/echo/action/entry";
        String entry =
                "{\"ks\":\""
                        + admin
                        + "\",\"entry\":{\"objectType\":\"%s\",\"name\":\"n\",\"type\":\"1\"%s}}";
        assertThat(
                        json(
                                path,
                                entry.formatted(
                                        "kalturamediaentry",
                                        ",\"mediaType\":\"1\",\"startDate\":-60,\"unknown\":{}")))
                .isEqualTo(
                        "{\"name\":\"n\",\"type\":1,\"startDate\":1799999940,\"mediaType\":1,\"objectType\":\"KalturaMediaEntry\"}");
        assertThat(json(path, entry.formatted("KalturaFilterPager", "")))
                .contains("\"objectType\":\"KalturaBaseEntry\"");
        assertThat(json(path, entry.formatted("KalturaLiveEntry", "")))
                .contains("OBJECT_TYPE_ABSTRACT");
        assertThat(json(path, entry.formatted("KalturaMediaEntry", ",\"mediaType\":77")))
                .contains("INVALID_ENUM_VALUE");
        assertThat(json(path, entry.formatted("KalturaMediaEntry", ",\"id\":\"0_x\"")))
                .contains("PROPERTY_VALIDATION_NOT_UPDATABLE", "KalturaMediaEntry::id");
        assertThat(
                        json(
                                "/api_v3/service/echo/action/updateEntry",
                                entry.formatted("KalturaMediaEntry", ",\"mediaType\":1")))
                .contains("PROPERTY_VALIDATION_NOT_UPDATABLE");
    }

    @Test
    void mergesSourcesFromWeakToStrong() {
        ApiRequest request =
                new ApiRequest(
                        "POST",
                        "/api_v3/service/echo/action/echo/i/9",
                        "map:b=query&format=1",
                        Map.of("content-type", "application/json;charset=utf-8"),
                        "127.0.0.1",
                        "http://localhost",
                        ("{\"ks\":\""
                                        + admin
                                        + "\",\"service\":\"system\",\"action\":\"ping\",\"i\":1,\"map\":{\"a\":\"body\",\"b\":\"body\"}}")
                                .getBytes(StandardCharsets.UTF_8),
                        List.of(),
                        List.of());
        assertThat(text(dispatcher.handle(request)))
                .contains("\"i\":9")
                .contains("\"map\":{\"a\":\"body\",\"b\":\"query\"}");
    }

    @Test
    void tellsEmptyFromAbsent() {
        assertThat(echo("\"list\":{\"-\":\"\"}")).contains("\"list\":[]");
        assertThat(echo("\"list\":[]")).contains("\"list\":[]");
        assertThat(echo("\"map\":[]")).contains("\"map\":{}");
        assertThat(echo("\"s\":\"\",\"list\":null")).doesNotContain("list").contains("\"s\":\"\"");
        assertThat(echo("\"pager\":{\"pageSize__null\":\"\"}"))
                .contains("\"nulled\":\"[pageSize]\"");
        assertThat(echo("\"i\":\"\"")).contains("\"i\":3");
        assertThat(echo("\"i\":\"x\"")).contains("PROPERTY_VALIDATION_NUMERIC_VALUE");
        assertThat(echo("\"i\":99999999999")).contains("PROPERTY_VALIDATION_NUMERIC_VALUE");
        assertThat(echo("\"s\":\"a\\u0001\"")).contains("INVALID_PARAMETER_CHAR");
        assertThat(echo("\"s\":\"\\ud83c\\udf9e\"")).contains("\uD83C\uDF9E");
        assertThat(echo("\"b\":\"False\"")).contains("\"b\":false");
    }

    @Test
    void runsMultirequestsNumberedFromZeroAndFromOne() {
        String zero =
                "{\"0\":{\"service\":\"session\",\"action\":\"startWidgetSession\",\"widgetId\":\"_102\"},"
                        + "\"1\":{\"service\":\"session\",\"action\":\"get\",\"ks\":\"{1:result:ks}\"},"
                        + "\"2\":{\"service\":\"nope\",\"action\":\"get\"},"
                        + "\"3\":{\"service\":\"echo\",\"action\":\"echo\",\"ks\":\""
                        + admin
                        + "\",\"s\":\"p{2:result:partnerId}-{3:result:x}-{9:result}\"}}";
        String answer = json("/api_v3/service/multirequest", zero);
        assertThat(answer)
                .contains("\"objectType\":\"KalturaStartWidgetSessionResponse\"")
                .contains("\"privileges\":\"view:*,widget:1\"")
                .contains("SERVICE_DOES_NOT_EXISTS")
                .contains("\"s\":\"p102--\"");
        assertThat(
                        json(
                                "/api_v3/service/multirequest/action/null",
                                "{\"ks\":\""
                                        + admin
                                        + "\",\"1\":{\"service\":\"session\",\"action\":\"get\"},\"2\":{\"service\":\"system\",\"action\":\"getTime\"},\"4\":{\"service\":\"system\",\"action\":\"ping\"}}"))
                .startsWith("[{\"ks\":")
                .endsWith(",1800000000]");
        ApiResponse form =
                post(
                        "",
                        "service=multirequest&1:service=system&1:action=ping&2:service=echo&2:action=echo&ks="
                                + admin
                                + "&2:s={1:result}",
                        "/api_v3/index.php");
        assertThat(xml(form))
                .startsWith("<item>1</item><item><objectType>KalturaEcho")
                .contains("<s>1</s>");
    }

    @Test
    void letsAFileOfASubRequestReachItsAction() {
        var file = new UploadedFile("2:fileData", "a.txt", Path.of("unread"), 3);
        var fields =
                List.of(
                        new ApiRequest.FormField("ks", admin),
                        new ApiRequest.FormField("format", "1"),
                        new ApiRequest.FormField("1:service", "system"),
                        new ApiRequest.FormField("1:action", "ping"),
                        new ApiRequest.FormField("2:service", "echo"),
                        new ApiRequest.FormField("2:action", "fileSize"));
        ApiRequest request = multipart(fields, List.of(file));
        assertThat(
                        text(
                                dispatcher.handle(
                                        new ApiRequest(
                                                "POST",
                                                "/api_v3/service/multirequest",
                                                "",
                                                request.headers(),
                                                "::1",
                                                "",
                                                new byte[0],
                                                fields,
                                                List.of(file)))))
                .isEqualTo("[true,3]");
        assertThat(json("/api_v3/service/echo/action/fileSize", "{\"ks\":\"" + admin + "\"}"))
                .contains("MISSING_MANDATORY_PARAMETER", "fileData");
    }

    @Test
    void limitsWhatARequestMayHold() {
        assertThat(
                        json(
                                "/api_v3/service/system/action/ping",
                                "{\"a\":".repeat(30) + "1" + "}".repeat(30)))
                .contains("MAX_NESTING");
        assertThat(json("/api_v3/service/system/action/ping", "{\"a\":".repeat(3000)))
                .contains("INVALID_JSON");
        assertThat(text(post("", "a=1&".repeat(20_000)))).contains("MAX_PARAMETERS");
        assertThat(
                        json(
                                "/api_v3/service/system/action/ping",
                                "{\"a\":[" + "1,".repeat(20_000) + "1]}"))
                .contains("MAX_PARAMETERS");
        var requests = new StringBuilder("{");
        for (int i = 1; i <= 257; i++) {
            requests.append("\"")
                    .append(i)
                    .append("\":{\"service\":\"system\",\"action\":\"ping\"},");
        }
        assertThat(json("/api_v3/service/multirequest", requests + "\"x\":1}"))
                .contains("MAX_SUB_REQUESTS");
        assertThat(text(post("", "a[".repeat(5000) + "=1"))).contains("MAX_NESTING");
        assertThat(text(post("", "a:b:".repeat(5000) + "=1"))).contains("MAX_NESTING");
    }

    @Test
    void asksForTheRightSession() {
        String path = "/api_v3/service/echo/action/";
        String widget = ks(102, "admin", 0, "0", "view:*,widget:1");
        String user = ks(102, "admin", 0, "u", "");
        String internal = ks(-1, "batch", 2, "", "*");
        assertThat(json(path + "user", "{}")).contains("MISSING_KS");
        assertThat(json(path + "user", "{\"ks\":\"" + widget + "\"}"))
                .contains("SERVICE_FORBIDDEN", "echo->user");
        assertThat(json(path + "user", "{\"ks\":\"" + user + "\"}")).isEqualTo("\"u@102\"");
        assertThat(json(path + "adminOnly", "{\"ks\":\"" + user + "\"}"))
                .contains("SERVICE_FORBIDDEN");
        assertThat(json(path + "adminOnly", "{\"ks\":\"" + admin + "\"}"))
                .isEqualTo("\"boss@102\"");
        assertThat(json(path + "internal", "{\"ks\":\"" + admin + "\"}"))
                .contains("SERVICE_FORBIDDEN");
        assertThat(json(path + "internal", "{\"ks\":\"" + internal + "\",\"partnerId\":102}"))
                .isEqualTo("\"@102\"");
        assertThat(json(path + "user", "{\"ks\":\"" + user + "\",\"partnerId\":103}"))
                .contains("PARTNER_ACCESS_FORBIDDEN");
    }

    @Test
    void refusesBadSessionsWithTheirCode() {
        String path = "/api_v3/service/echo/action/user";
        String expired =
                KsFormat.makeV2(102, "admin", 2, "", NOW.getEpochSecond(), Privileges.NONE, null);
        assertThat(json(path, "{\"ks\":\"x\"}")).contains("INVALID_KS", "\"ERR_CODE\":\"-1\"");
        assertThat(json(path, "{\"ks\":\"" + ks(102, "user", 0, "", "") + "\"}"))
                .contains("\"ERR_CODE\":\"-1\"");
        assertThat(json(path, "{\"ks\":\"" + expired + "\"}")).contains("\"ERR_CODE\":\"-5\"");
        assertThat(json(path, "{\"ks\":\"" + ks(104, "blocked", 2, "", "") + "\"}"))
                .contains("\"ERR_CODE\":\"-2\"");
        assertThat(
                        json(
                                path,
                                "{\"ks\":\""
                                        + ks(102, "admin", 2, "", "iprestrict:10.0.0.1")
                                        + "\"}"))
                .contains("\"ERR_CODE\":\"-9\"");
        assertThat(json(path, "{\"ks\":\"" + ks(102, "admin", 2, "", "urirestrict:/p/*") + "\"}"))
                .contains("\"ERR_CODE\":\"-11\"");
        assertThat(
                        json(
                                path,
                                "{\"ks\":\""
                                        + ks(
                                                102,
                                                "admin",
                                                2,
                                                "x",
                                                "urirestrict:/p/*|/api_v3/*,iprestrict:127.0.0.1")
                                        + "\"}"))
                .isEqualTo("\"x@102\"");
        String twice = ks(102, "admin", 2, "x", "actionslimit:2");
        for (int i = 0; i < 2; i++) {
            assertThat(json(path, "{\"ks\":\"" + twice + "\"}")).isEqualTo("\"x@102\"");
        }
        assertThat(json(path, "{\"ks\":\"" + twice + "\"}")).contains("\"ERR_CODE\":\"-8\"");
        String ended = ks(102, "admin", 2, "x", "");
        assertThat(json("/api_v3/service/session/action/end", "{\"ks\":\"" + ended + "\"}"))
                .isEqualTo("null");
        assertThat(json(path, "{\"ks\":\"" + ended + "\"}")).contains("\"ERR_CODE\":\"-6\"");
        assertThat(
                        json(
                                path,
                                "{\"ks\":\""
                                        + ended.replace('-', '+').replace('_', '/').replace("=", "")
                                        + "\"}"))
                .contains("\"ERR_CODE\":\"-6\"");
        assertThat(json("/api_v3/service/session/action/end", "{}")).isEqualTo("null");
    }

    @Test
    void startsSessions() {
        String path = "/api_v3/service/session/action/start";
        for (String good :
                List.of(
                        "\"secret\":\"admin\",\"type\":2",
                        "\"secret\":\"user\",\"userId\":null,\"privileges\":null",
                        "\"secret\":\"admin\",\"type\":0")) {
            String token = json(path, "{\"partnerId\":102," + good + "}");
            String info = json("/api_v3/service/session/action/get", "{\"ks\":" + token + "}");
            assertThat(info).contains("\"partnerId\":102", "\"expiry\":1800086400");
        }
        for (String bad :
                List.of(
                        "\"secret\":\"user\",\"type\":2",
                        "\"secret\":\"\"",
                        "\"secret\":\"other\"")) {
            assertThat(json(path, "{\"partnerId\":102," + bad + "}"))
                    .contains("START_SESSION_ERROR");
        }
        assertThat(json(path, "{\"partnerId\":104,\"secret\":\"blocked\",\"type\":2}"))
                .contains("START_SESSION_ERROR");
        assertThat(json(path, "{\"partnerId\":102}")).contains("MISSING_MANDATORY_PARAMETER");
        String capped = json(path, "{\"partnerId\":103,\"secret\":\"other\",\"type\":2}");
        assertThat(json("/api_v3/service/session/action/get", "{\"ks\":" + capped + "}"))
                .contains("\"expiry\":1800000060");
    }

    @Test
    void keepsOwnMistakesFromTheClient() {
        String answer = json("/api_v3/service/echo/action/fail", "{\"ks\":\"" + admin + "\"}");
        assertThat(answer).contains("INTERNAL_SERVERL_ERROR").doesNotContain("secret detail");
    }

    @Test
    void filtersByResponseProfile() {
        String call =
                "{\"ks\":\""
                        + admin
                        + "\",\"s\":\"x\",\"responseProfile\":{\"type\":%d,\"fields\":\"s, ,i,\"}}";
        assertThat(json("/api_v3/service/echo/action/echo", call.formatted(1)))
                .isEqualTo("{\"s\":\"x\",\"i\":3,\"objectType\":\"KalturaEcho\"}");
        assertThat(json("/api_v3/service/echo/action/echo", call.formatted(2)))
                .isEqualTo("{\"b\":false,\"objectType\":\"KalturaEcho\"}");
    }

    @Test
    void sendsTheHeadersThatBrowsersNeed() {
        ApiResponse preflight =
                dispatcher.handle(
                        new ApiRequest(
                                "OPTIONS",
                                "/api_v3/x",
                                "",
                                Map.of(),
                                "",
                                "",
                                new byte[0],
                                List.of(),
                                List.of()));
        assertThat(preflight.status()).isEqualTo(200);
        assertThat(preflight.headers())
                .containsEntry("Access-Control-Allow-Origin", "*")
                .containsKey("Access-Control-Allow-Headers");
        ApiResponse error = get("/api_v3/service/x", "");
        assertThat(error.headers())
                .containsEntry("Access-Control-Allow-Origin", "*")
                .containsEntry("X-Me", "node-1")
                .containsEntry("Pragma", "no-cache")
                .containsEntry("Content-Type", "text/xml");
    }

    @Test
    void refusesToStartWithASignatureThatHasNoWireForm() {
        assertThatThrownBy(() -> new ActionTable(List.of(new WrongService())))
                .hasMessageContaining("wrong.bad")
                .hasMessageContaining("parameter when");
        assertThatThrownBy(() -> new ActionTable(List.of("x"))).hasMessageContaining("@ApiService");
    }

    private String echo(String members) {
        return json(
                "/api_v3/service/echo/action/echo", "{\"ks\":\"" + admin + "\"," + members + "}");
    }

    private ApiResponse get(String path, String query) {
        return dispatcher.handle(
                ApiRequest.get(path, query, Map.of(), "127.0.0.1", "http://localhost"));
    }

    private ApiResponse post(String contentType, String body) {
        return post(contentType, body, "/api_v3/service/echo/action/echo");
    }

    private ApiResponse post(String contentType, String body, String path) {
        return dispatcher.handle(
                new ApiRequest(
                        "POST",
                        path,
                        "",
                        Map.of("content-type", contentType),
                        "127.0.0.1",
                        "http://localhost",
                        body.getBytes(StandardCharsets.UTF_8),
                        List.of(),
                        List.of()));
    }

    private String json(String path, String body) {
        ApiResponse response =
                dispatcher.handle(
                        new ApiRequest(
                                "POST",
                                path,
                                "format=1",
                                Map.of("content-type", "application/json"),
                                "127.0.0.1",
                                "http://localhost",
                                body.getBytes(StandardCharsets.UTF_8),
                                List.of(),
                                List.of()));
        assertThat(response.status()).isEqualTo(200);
        return text(response);
    }

    private static ApiRequest multipart(
            List<ApiRequest.FormField> fields, List<UploadedFile> files) {
        return new ApiRequest(
                "POST",
                "/api_v3/service/echo/action/echo",
                "",
                Map.of("content-type", "multipart/form-data; boundary=x"),
                "127.0.0.1",
                "http://localhost",
                new byte[0],
                fields,
                files);
    }

    private static String text(ApiResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static String xml(ApiResponse response) {
        String text = text(response);
        return text.substring(text.indexOf("<result>") + 8, text.lastIndexOf("</result>"));
    }
}
