package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExamplesTest {
    /** Every certificate file is there. */
    private static final Environment ENVIRONMENT = new Environment() {
        @Override
        public @Nullable String variable(String name) {
            return null;
        }

        @Override
        public boolean readable(String file) {
            return true;
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"server.json", "client.json"})
    void anExampleRunsAsItIs(String name) throws Exception {
        Path file = Path.of(System.getProperty("culvert.root", ".."), "examples", name);
        LoadResult result = ConfigLoader.load(List.of(new Source(name, Files.readString(file))), ENVIRONMENT);
        assertThat(result.diagnostics()).filteredOn(Diagnostic::isError).isEmpty();
        CulvertConfig config = Objects.requireNonNull(result.config());
        assertThat(config.unsupported()).isEmpty();
        assertThat(config.inbounds()).hasSize(2);
    }
}
