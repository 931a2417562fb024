package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;

/// Finds a class of this package by the name that an `objectType` gives.
///
/// The names are those of the package's class files, listed once; so a name from the wire never
/// reaches a class loader unless it is one of ours. Thread-safe.
public final class ModelTypes {
    private static final String PREFIX = "Kaltura";
    private static final Map<String, String> CLASS_NAMES = list();

    private ModelTypes() {}

    /// @param objectType in any case
    /// @return null when no such class is known or it is no object of the API
    public static @Nullable ModelType find(String objectType) {
        String className = CLASS_NAMES.get(objectType);
        if (className == null) {
            return null;
        }
        try {
            Class<?> type = Class.forName(className, true, ModelTypes.class.getClassLoader());
            return ApiObject.class.isAssignableFrom(type) && type != ApiObject.class
                    ? ModelType.of(type.asSubclass(ApiObject.class))
                    : null;
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    className + " was in the package when this program started", e);
        }
    }

    private static Map<String, String> list() {
        String packageName = ModelTypes.class.getPackageName();
        String folder = packageName.replace('.', '/') + "/";
        var names = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        try {
            Path source =
                    Path.of(
                            ModelTypes.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            if (Files.isDirectory(source)) {
                try (DirectoryStream<Path> files =
                        Files.newDirectoryStream(source.resolve(folder), "*.class")) {
                    files.forEach(
                            file -> add(names, packageName, String.valueOf(file.getFileName())));
                }
            } else {
                try (var jar = new JarFile(source.toFile())) {
                    jar.stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.startsWith(folder))
                            .forEach(
                                    name ->
                                            add(
                                                    names,
                                                    packageName,
                                                    name.substring(folder.length())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return names;
    }

    private static void add(Map<String, String> names, String packageName, String file) {
        if (file.endsWith(".class")
                && file.indexOf('$') < 0
                && file.indexOf('-') < 0
                && file.indexOf('/') < 0) {
            String simpleName = file.substring(0, file.length() - ".class".length());
            names.put(PREFIX + simpleName, packageName + "." + simpleName);
        }
    }
}
