package io.millrace.mediaserver;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;

/// The directions between modules and packages, as ARCHITECTURE.md draws them.
class ArchitectureTest {
    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .withImportOption(location -> !location.contains("-tests.jar"))
                        .importPackages("io.millrace");
    }

    private static void check(ArchRule rule) {
        rule.check(classes);
    }

    @Test
    void storageKnowsNobody() {
        check(
                mayNotSee(
                        "storage",
                        "delivery",
                        "liveingest",
                        "platformapi",
                        "batch",
                        "mediaserver"));
    }

    @Test
    void deliveryKnowsStorageOnly() {
        check(mayNotSee("delivery", "liveingest", "platformapi", "batch", "mediaserver"));
    }

    @Test
    void liveIngestKnowsDeliveryAndStorageOnly() {
        check(mayNotSee("liveingest", "platformapi", "batch", "mediaserver"));
    }

    @Test
    void platformKnowsStorageOnly() {
        check(mayNotSee("platformapi", "delivery", "liveingest", "batch", "mediaserver"));
    }

    @Test
    void batchSeesThePlatformByItsClientAndModelOnly() {
        check(mayNotSee("batch", "delivery", "liveingest", "mediaserver"));
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.millrace.batch..")
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage("io.millrace.platformapi..")
                                        .and(
                                                resideOutsideOfPackages(
                                                        "io.millrace.platformapi.client..",
                                                        "io.millrace.platformapi.model.."))));
    }

    @Test
    void formatsKnowNoServerNoClockAndNoConfiguration() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage(
                                "io.millrace.delivery.isobmff..",
                                "io.millrace.delivery.mpegts..",
                                "io.millrace.delivery.codec..",
                                "io.millrace.delivery.media..",
                                "io.millrace.delivery.packaging..",
                                "io.millrace.delivery.hls..",
                                "io.millrace.delivery.dash..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.millrace.delivery.http..",
                                "io.millrace.delivery.vod..",
                                "io.millrace.delivery.mapping..",
                                "io.netty.channel..",
                                "io.netty.handler..",
                                "java.time.zone..")
                        .orShould()
                        .dependOnClassesThat()
                        .haveNameMatching("java\\.time\\.(Clock|Instant|InstantSource)"));
    }

    @Test
    void onlyStorageAndThePlatformKnowSql() {
        check(
                noClasses()
                        .that(
                                resideOutsideOfPackages(
                                        "io.millrace.storage.sql..",
                                        "io.millrace.platformapi..",
                                        "io.millrace.mediaserver.."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("org.jdbi..", "java.sql..", "com.zaxxer.."));
    }

    @Test
    void packagesOfAModuleFormNoCycle() {
        for (String module : List.of("storage", "delivery", "batch", "mediaserver")) {
            check(slices().matching("io.millrace." + module + ".(*)..").should().beFreeOfCycles());
        }
    }

    @Test
    void nothingDeserialises() {
        check(
                noClasses()
                        .should()
                        .dependOnClassesThat()
                        .haveFullyQualifiedName("java.io.ObjectInputStream")
                        .because("native deserialisation runs what the bytes say"));
    }

    private static ArchRule mayNotSee(String module, String... others) {
        String[] packages = new String[others.length];
        for (int i = 0; i < others.length; i++) {
            packages[i] = "io.millrace." + others[i] + "..";
        }
        return noClasses()
                .that()
                .resideInAPackage("io.millrace." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .allowEmptyShould(true);
    }
}
