package io.millrace.platformapi;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/// Which packages of the platform may know which.
class PackageRulesTest {
    private static final String HERE = "io.millrace.platformapi.";
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.millrace.platformapi");

    @Test
    void theModelKnowsNothing() {
        mayKnow("model");
    }

    @Test
    void sessionsKnowNothing() {
        mayKnow("session");
    }

    @Test
    void theClientKnowsTheModelAndTokens() {
        mayKnow("client", "model", "session");
    }

    @Test
    void theDispatcherKnowsNoService() {
        mayKnow("http", "model", "session");
    }

    @Test
    void thePagesAskTheApiLikeAnyone() {
        mayKnow("web", "http");
    }

    private static void mayKnow(String subject, String... others) {
        String[] allowed = new String[others.length + 1];
        allowed[0] = HERE + subject;
        for (int i = 0; i < others.length; i++) {
            allowed[i + 1] = HERE + others[i];
        }
        classes()
                .that(resideInAPackage(HERE + subject))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("io.millrace..")
                                .negate()
                                .or(resideInAnyPackage(allowed)))
                .check(CLASSES);
    }
}
