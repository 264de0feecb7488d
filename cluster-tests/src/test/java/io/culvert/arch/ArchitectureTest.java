package io.culvert.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the modules to the rules of import, and each rule to being able to fail. */
class ArchitectureTest {
    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.culvert");

    /** Classes of this module that break every rule; they live in the packages that the rules are about. */
    private static final JavaClasses OFFENDERS = new ClassFileImporter()
            .withImportOption(location -> location.contains("Offender"))
            .importPath(Path.of("target", "test-classes"));

    @ParameterizedTest
    @EnumSource
    void holds(Rules rule) {
        assertThat(PRODUCT).isNotEmpty();
        rule.rule().check(PRODUCT);
    }

    @ParameterizedTest
    @EnumSource
    void can_fail(Rules rule) {
        assertThat(rule.rule().evaluate(OFFENDERS).hasViolation()).isTrue();
    }
}
