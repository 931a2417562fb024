package io.millrace.platformapi.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Whatever is sent, the answer is 200 and well-formed, and never our own mistake. The seeds make
/// each run the same.
class RequestFuzzTest {
    private static final int ROUNDS = 4000;
    private static final String[] PIECES = {
        "service",
        "=",
        "&",
        "system",
        "echo",
        "action",
        "ping",
        "echo",
        ":",
        "[",
        "]",
        "1",
        "0",
        "-",
        "__null",
        "pager",
        "pageSize",
        "objectType",
        "KalturaFilterPager",
        "KalturaMediaEntry",
        "list",
        "map",
        "s",
        "i",
        "b",
        "{1:result:objects:_all:id}",
        "{",
        "}",
        "\"",
        ",",
        "null",
        "true",
        "%",
        "%00",
        "%zz",
        "+",
        "/",
        "\\u0000",
        "1e99",
        "-99999999999999999999",
        "multirequest",
        "ks",
        "format",
        "1",
        "é",
        "\ud83c",
        " ",
        "fileData",
        "responseProfile",
        "fields",
        "type"
    };

    private final ApiDispatcher dispatcher = TestPlatform.dispatcher(InstantSource.system());
    private final JsonMapper json = JsonMapper.builder().build();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void answersWhateverComes(long seed) {
        var random = new Random(seed);
        String ks = ApiDispatcherTest.ks(102, "admin", 2, "u", "*");
        for (int round = 0; round < ROUNDS; round++) {
            String body = pieces(random, 1 + random.nextInt(40));
            String type =
                    random.nextBoolean() ? "application/json" : "application/x-www-form-urlencoded";
            if (random.nextInt(3) == 0) {
                body =
                        mutate(
                                random,
                                "{\"1\":{\"service\":\"echo\",\"action\":\"echo\",\"s\":\"{1:result:s}\",\"list\":[\"a\",{\"b\":1}],\"map\":{\"k\":[1]},\"pager\":{\"objectType\":\"KalturaFilterPager\",\"pageSize\":\"7\",\"pageIndex__null\":1}}}");
                type = "application/json";
            }
            String path =
                    random.nextBoolean()
                            ? "/api_v3/service/echo/action/echo"
                            : "/api_v3/" + pieces(random, random.nextInt(8));
            var request =
                    new ApiRequest(
                            "POST",
                            path,
                            "format=1&ks=" + ks + "&" + pieces(random, random.nextInt(6)),
                            Map.of("content-type", type),
                            "127.0.0.1",
                            "",
                            body.getBytes(StandardCharsets.UTF_8),
                            List.of(),
                            List.of());
            ApiResponse response = dispatcher.handle(request);
            assertThat(response.status()).isEqualTo(200);
            String answer = new String(response.body(), StandardCharsets.UTF_8);
            assertThat(answer).as("%s %s", path, body).doesNotContain("INTERNAL_SERVERL_ERROR");
            if (!answer.startsWith("<?xml")) {
                json.readTree(answer);
            }
        }
    }

    private static String pieces(Random random, int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    private static String mutate(Random random, String text) {
        var mutated = new StringBuilder(text);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(mutated.length());
            switch (random.nextInt(3)) {
                case 0 -> mutated.setCharAt(at, (char) random.nextInt(128));
                case 1 -> mutated.deleteCharAt(at);
                default -> mutated.insert(at, PIECES[random.nextInt(PIECES.length)]);
            }
        }
        return mutated.toString();
    }
}
