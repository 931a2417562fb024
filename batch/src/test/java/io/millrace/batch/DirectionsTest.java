package io.millrace.batch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/// Which way dependencies go.
class DirectionsTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.millrace.batch");

    @Test
    void platformOnlyThroughItsClient() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        DescribedPredicate.describe(
                                "are the platform's, other than client and model",
                                (JavaClass c) ->
                                        c.getPackageName().startsWith("io.millrace.platformapi")
                                                && !c.getPackageName()
                                                        .equals("io.millrace.platformapi.client")
                                                && !c.getPackageName()
                                                        .equals("io.millrace.platformapi.model")))
                .check(CLASSES);
    }

    @Test
    void noDatabase() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.storage.sql..", "org.jdbi..", "java.sql..")
                .check(CLASSES);
    }

    @Test
    void onlyTheWorkerKnowsThePlatform() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.batch.worker")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.platformapi..")
                .check(CLASSES);
    }
}
