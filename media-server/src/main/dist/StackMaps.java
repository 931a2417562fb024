import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Gives the classes of a jar that are in a format of before Java 6 stack maps, in place: `java
/// StackMaps.java <jar>`. Called by Maven when the distribution is laid out.
///
/// The AOT cache takes no class without them, and a class that is not in it is read, checked by the
/// old verifier and linked at every start. Nothing but the format changes. A jar that needs nothing
/// stays as it is.
public final class StackMaps {
    private static final int JAVA_6 = ClassFile.JAVA_6_VERSION;

    private StackMaps() {}

    public static void main(String[] arguments) throws IOException {
        Path jar = Path.of(arguments[0]);
        Map<ZipEntry, byte[]> entries = read(jar);
        int changed = 0;
        try (var classes = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
            ClassFile format =
                    ClassFile.of(
                            StackMapsOption.GENERATE_STACK_MAPS,
                            ClassHierarchyResolverOption.of(
                                    ClassHierarchyResolver.ofResourceParsing(classes)));
            for (Map.Entry<ZipEntry, byte[]> entry : entries.entrySet()) {
                if (!entry.getKey().getName().endsWith(".class")) {
                    continue;
                }
                ClassModel old = format.parse(entry.getValue());
                if (old.majorVersion() < JAVA_6) {
                    entry.setValue(format.transformClass(old, modernized()));
                    changed++;
                }
            }
        }
        if (changed > 0) {
            write(jar, entries);
        }
        System.out.println(jar.getFileName() + ": stack maps for " + changed + " classes");
    }

    /// Every method's code goes through the builder, which is what writes the maps.
    private static ClassTransform modernized() {
        return new ClassTransform() {
            @Override
            public void accept(ClassBuilder builder, ClassElement element) {
                switch (element) {
                    case ClassFileVersion _ -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                    case MethodModel method ->
                            builder.transformMethod(
                                    method,
                                    MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
                    default -> builder.with(element);
                }
            }
        };
    }

    private static Map<ZipEntry, byte[]> read(Path jar) throws IOException {
        var entries = new LinkedHashMap<ZipEntry, byte[]>();
        try (var in = new ZipInputStream(Files.newInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry, in.readAllBytes());
            }
        }
        return entries;
    }

    private static void write(Path jar, Map<ZipEntry, byte[]> entries) throws IOException {
        Path aside = jar.resolveSibling(jar.getFileName() + ".new");
        try (var out = new ZipOutputStream(Files.newOutputStream(aside))) {
            entries.forEach(
                    (old, bytes) -> {
                        var entry = new ZipEntry(old.getName());
                        entry.setTimeLocal(old.getTimeLocal());
                        try {
                            out.putNextEntry(entry);
                            out.write(bytes);
                            out.closeEntry();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        Files.move(aside, jar, StandardCopyOption.REPLACE_EXISTING);
    }
}
