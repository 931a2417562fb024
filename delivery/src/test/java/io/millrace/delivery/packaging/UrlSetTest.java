package io.millrace.delivery.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class UrlSetTest {
    @Test
    void splitsAsNginxVodDoes() {
        assertThat(UrlSet.split("/dir/movie,_low,_high,.mp4.urlset"))
                .contains(List.of("/dir/movie_low.mp4", "/dir/movie_high.mp4"));
        assertThat(UrlSet.split("/,dir1/a.mp4,dir2/b.mp4,.urlset"))
                .contains(List.of("/dir1/a.mp4", "/dir2/b.mp4"));
        assertThat(UrlSet.split("/a,,b.mp4.urlset")).contains(List.of("/ab.mp4"));
        assertThat(UrlSet.split("/a,b.mp4.urlset")).contains(List.of("/ab.mp4"));
        assertThat(UrlSet.split("/a.mp4.urlset")).contains(List.of("/a.mp4"));
        assertThat(UrlSet.split("/a,b,c.mp4")).contains(List.of("/a,b,c.mp4"));
    }

    @Test
    void takesThirtyTwoFilesAndNoMore() {
        assertThat(UrlSet.split("a" + ",x".repeat(32) + ",b.urlset"))
                .hasValueSatisfying(files -> assertThat(files).hasSize(32));
        assertThat(UrlSet.split("a" + ",x".repeat(33) + ",b.urlset")).isEmpty();
    }
}
