package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.PackagingOptions;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// What docs/packager.md tells users to write is what we read.
class PackagerDocsTest {
    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/packager.md"));
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(m -> m.group(1))
                .toList();
    }

    @Test
    void everyNameIsOfTheGrammar() throws IOException {
        String table = matches("### Names\n(.*?)\n`f<n>`", page()).getFirst();
        List<String> names = matches("`([^`]+)`", table);
        assertThat(names).hasSizeGreaterThan(15);
        assertThat(names).allMatch(name -> MediaRequestName.parse(name).isPresent());
    }

    @Test
    void everyParameterIsTakenOutOfAPath() throws Exception {
        String table = matches("### Path parameters\n(.*?)\n###", page()).getFirst();
        int parameters = 0;
        for (String row : table.split("\n")) {
            String cell = row.startsWith("| `") ? row.split("\\|")[1] : "";
            for (String parameter : matches("`([^`]+)`", cell)) {
                assertThat(MediaPath.parse("x/" + parameter + "/a.mp4").names())
                        .containsExactly("x/a.mp4");
                parameters++;
            }
        }
        assertThat(parameters).isGreaterThanOrEqualTo(8);
    }

    @Test
    void everyMappingIsReadWhole() throws Exception {
        var reader = new MappingReader(PackagingOptions.DEFAULT, "/srv/media/");
        List<String> mappings = matches("```json\n(.*?)```", page());
        assertThat(mappings).hasSize(2);
        for (String mapping : mappings) {
            Recipe recipe = reader.read(mapping.getBytes(StandardCharsets.UTF_8));
            assertThat(recipe.files()).isNotEmpty().noneMatch(name -> name.startsWith("/"));
        }
    }
}
