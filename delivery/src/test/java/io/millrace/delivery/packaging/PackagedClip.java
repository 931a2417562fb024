package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.testing.MpdSchema;
import io.millrace.delivery.vod.Packaged;
import io.millrace.delivery.vod.VodPackager;
import io.millrace.delivery.webvtt.SubtitleReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Some files as a media set, and all that its playlists name written into a folder, as a server
/// would send it.
public final class PackagedClip {
    private static final Pattern LINK = Pattern.compile("(?m)URI=\"([^\"]+)\"|^([^#\\s].*)$");
    private static final Pattern REPRESENTATION =
            Pattern.compile("Representation id=\"([^\"]+)\" codecs");

    private static final Pattern BASE_URL = Pattern.compile("<BaseURL>([^<]+)<");

    public final List<BytesBlobReader> files = new ArrayList<>();
    public final MediaSet set;
    private Presentation presentation;

    public PackagedClip(Duration segment, Path... clips) throws Exception {
        List<MediaSource> sources = new ArrayList<>();
        for (Path clip : clips) {
            BytesBlobReader file = BytesBlobReader.of(clip);
            files.add(file);
            MediaIndex index =
                    SubtitleReader.isSubtitleName(clip.toString())
                            ? MediaIndex.ofText(
                                    SubtitleReader.read(file.bytes()), file.bytes().length)
                            : MediaIndexReader.read(file);
            sources.add(MediaSource.of(index, files.size()));
        }
        set = MediaSet.of(sources, new PackagingOptions(segment));
        presentation = Presentation.of(set);
    }

    /// From now on everything is sent encrypted.
    public PackagedClip protectedBy(Protection protection) {
        presentation = presentation.protectedBy(protection);
        return this;
    }

    /// Writes a playlist and what it refers to, and what that refers to.
    ///
    /// @return the playlist's path
    public Path writeHls(Path folder, String playlist, SegmentFormat format) throws Exception {
        Files.createDirectories(folder);
        Map<String, Boolean> seen = new LinkedHashMap<>();
        List<String> todo = new ArrayList<>(List.of(playlist));
        while (!todo.isEmpty()) {
            String name = todo.removeLast();
            if (seen.putIfAbsent(name, true) != null) {
                continue;
            }
            byte[] body = fetch(name, format);
            if (body == null) {
                throw new IOException("listed but not found: " + name);
            }
            Files.write(folder.resolve(name), body);
            if (name.endsWith(".m3u8")) {
                Matcher links =
                        LINK.matcher(new String(body, java.nio.charset.StandardCharsets.UTF_8));
                while (links.find()) {
                    String link = links.group(1) != null ? links.group(1) : links.group(2);
                    if (link.indexOf(':') < 0) {
                        todo.add(link);
                    }
                }
            }
        }
        return folder.resolve(playlist);
    }

    public Path writeDash(Path folder) throws Exception {
        return writeDash(folder, "manifest.mpd");
    }

    /// Writes a manifest and every segment and file that it may name.
    public Path writeDash(Path folder, String name) throws Exception {
        Files.createDirectories(folder);
        String mpd = text(name, SegmentFormat.FMP4);
        MpdSchema.check(mpd);
        Path manifest = Files.writeString(folder.resolve(name), mpd);
        List<String> names = new ArrayList<>();
        Matcher files = BASE_URL.matcher(mpd);
        while (files.find()) {
            names.add(files.group(1));
        }
        Matcher ids = REPRESENTATION.matcher(mpd);
        while (ids.find()) {
            names.add("init-" + ids.group(1) + ".mp4");
            for (int k = 1; k <= set.plan().count(); k++) {
                names.add("fragment-" + k + "-" + ids.group(1) + ".m4s");
            }
        }
        for (String file : names) {
            byte[] body = fetch(file, SegmentFormat.FMP4);
            if (body != null) {
                Files.write(folder.resolve(file), body);
            }
        }
        return manifest;
    }

    public String text(String name, SegmentFormat format) throws Exception {
        byte[] body = fetch(name, format);
        return body == null ? "" : new String(body, java.nio.charset.StandardCharsets.UTF_8);
    }

    /// @return null for "not found"
    public byte @Nullable [] fetch(String name, SegmentFormat format) throws Exception {
        MediaRequestName request = MediaRequestName.parse(name).orElseThrow();
        return switch (VodPackager.answer(presentation, request, format)) {
            case Packaged.Document document -> document.body();
            case Packaged.NotFound _ -> null;
            case Packaged.Key(byte[] key) -> key;
            case Packaged.Segment(MediaSegment segment, String _) -> bytes(segment);
        };
    }

    public byte[] bytes(MediaSegment segment) throws Exception {
        SegmentBody body = segment.write(ByteBufAllocator.DEFAULT, files);
        if (segment.isSizeExact() && body.sizeBytes() != segment.sizeBytes()) {
            throw new AssertionError(
                    body.sizeBytes() + " bytes, " + segment.sizeBytes() + " promised");
        }
        return bytes(body);
    }

    /// Takes `body` over.
    public byte[] bytes(SegmentBody body) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (SegmentBody.Part part : body.parts()) {
                switch (part) {
                    case SegmentBody.Made(ByteBuf made) -> copy(made, out);
                    case SegmentBody.FileRange(int source, long offset, long length) ->
                            out.write(files.get(source).bytes(), (int) offset, (int) length);
                }
            }
            if (out.size() != body.sizeBytes()) {
                throw new AssertionError(
                        out.size() + " bytes written, " + body.sizeBytes() + " promised");
            }
            return out.toByteArray();
        } finally {
            body.release();
        }
    }

    private static void copy(ByteBuf from, ByteArrayOutputStream to) {
        byte[] bytes = new byte[from.readableBytes()];
        from.getBytes(from.readerIndex(), bytes);
        to.writeBytes(bytes);
    }
}
