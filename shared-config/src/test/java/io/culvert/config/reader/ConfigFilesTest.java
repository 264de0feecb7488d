package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.reader.ConfigFiles.Found;
import io.culvert.config.reader.ConfigFiles.Words;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFilesTest {
    @TempDir
    private Path folder;

    private Found find(List<String> files, @Nullable String confdir, Map<String, String> variables) {
        return ConfigFiles.find(
                files,
                confdir,
                folder,
                Loads.environment(variables),
                new ByteArrayInputStream("{}".getBytes(StandardCharsets.UTF_8)));
    }

    private void write(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\"from\": \"" + name + "\"}");
    }

    private static List<String> names(Found found) {
        assertThat(found.diagnostics()).isEmpty();
        return found.sources().stream().map(Source::name).toList();
    }

    @Test
    void wordsOfACommandLine() {
        assertThat(Words.of(List.of("run", "-c", "a", "-config=b", "--config", "c", "-test", "-confdir", "d", "-c")))
                .isEqualTo(new Words(List.of("a", "b", "c"), "d", List.of("run", "-test", "-c")));
    }

    @Test
    void namedFilesThenThoseOfTheFolderInTheOrderOfTheirNames() throws IOException {
        write("main.json");
        write("conf/10_b.json");
        write("conf/02_a.json");
        write("conf/notes.txt");
        assertThat(names(find(List.of("main.json"), "conf", Map.of())))
                .containsExactly("main.json", "conf/02_a.json", "conf/10_b.json");
    }

    @Test
    void withNothingNamedTheOrderOfV2Ray() throws IOException {
        assertThat(names(find(List.of(), null, Map.of()))).containsExactly("stdin");
        write("etc/config.json");
        Map<String, String> variables = Map.of("V2RAY_LOCATION_CONFIG", "etc");
        assertThat(names(find(List.of(), null, variables))).containsExactly("etc/config.json");
        write("config.json");
        assertThat(names(find(List.of(), null, variables))).containsExactly("config.json");
        write("dir/x.json");
        assertThat(names(find(List.of(), null, Map.of("v2ray.location.confdir", "dir"))))
                .containsExactly("dir/x.json");
    }

    @Test
    void aFileOverTheLimitIsSaidWithItsSize() throws IOException {
        try (FileChannel file =
                FileChannel.open(folder.resolve("big.json"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {'}'}), 200_000_000);
        }
        assertThat(find(List.of("big.json"), null, Map.of()).diagnostics().stream()
                        .map(Object::toString))
                .containsExactly("big.json:1:1  error  200000001 bytes, and the limit is 100663296");
    }

    @Test
    void aFolderOfTheFoldersIsNoFile() throws IOException {
        write("dir/b.json");
        Files.createDirectories(folder.resolve("dir/a.json"));
        assertThat(names(find(List.of(), "dir", Map.of()))).containsExactly("dir/b.json");
    }

    @Test
    void standardInput() {
        assertThat(find(List.of("stdin:"), null, Map.of()).sources()).containsExactly(new Source("stdin", "{}"));
    }

    @Test
    void whatCannotBeReadIsADiagnostic() throws IOException {
        write("good.json");
        Found found = find(List.of("good.json", "nowhere.json", ".", "http://x y", "a\0b"), "nodir", Map.of());
        assertThat(found.diagnostics().stream().map(Object::toString))
                .containsExactly(
                        "nodir:1:1  error  cannot read this folder: no such file or folder",
                        "nowhere.json:1:1  error  there is no such file",
                        ".:1:1  error  this is a folder; use -confdir for all its *.json files",
                        "http://x y:1:1  error  cannot be loaded: this is no address of a web server",
                        "a\0b:1:1  error  this is no name of a file");
        assertThat(ConfigFiles.load(
                                List.of("nowhere.json"),
                                null,
                                folder,
                                Loads.environment(Map.of()),
                                new ByteArrayInputStream(new byte[0]))
                        .config())
                .isNull();
    }

    @Test
    void certificatesAreProbedOnTheRealMachine() throws IOException {
        write("there.pem");
        Environment process = Environment.ofProcess();
        assertThat(process.readable(folder.resolve("there.pem").toString())).isTrue();
        assertThat(process.readable(folder.resolve("gone.pem").toString())).isFalse();
        assertThat(process.readable(folder.toString())).isFalse();
        assertThat(process.readable("a\0b")).isFalse();
    }
}
