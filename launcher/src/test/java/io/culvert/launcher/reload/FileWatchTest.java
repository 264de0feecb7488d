package io.culvert.launcher.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Diagnostic;
import io.culvert.config.Position;
import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.Source;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
    private static final Diagnostic FAULT =
            new Diagnostic(Diagnostic.Severity.ERROR, new Position("a.json", 1, 1, ""), "wrong");

    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setFileSystemOptions(
                    new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    private final BlockingQueue<String> applied = new LinkedBlockingQueue<>();
    private volatile @Nullable ReloadFailure failure;

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private Future<Applied> take(List<Source> sources) {
        StringBuilder texts = new StringBuilder();
        sources.forEach(source -> texts.append(source.text()));
        applied.add(texts.toString());
        ReloadFailure failing = failure;
        failure = null;
        return failing == null
                ? Future.succeededFuture(new Applied(2, List.of(), List.of()))
                : Future.failedFuture(failing);
    }

    private FileWatch watch(List<Path> files, @Nullable Path confdir) throws Exception {
        List<String> names = files.stream().map(Path::toString).toList();
        String named = confdir == null ? null : confdir.toString();
        ConfigFiles.Found first = find(names, named);
        FileWatch watch = new FileWatch(vertx, () -> find(names, named), this::take, first.sources());
        get(watch.start(files, confdir));
        return watch;
    }

    private ConfigFiles.Found find(List<String> files, @Nullable String confdir) {
        return ConfigFiles.find(files, confdir, folder, Environment.ofProcess(), InputStream.nullInputStream());
    }

    private String next() throws InterruptedException {
        return String.valueOf(applied.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void aFileThatChangesInPlaceOrByRenameIsTaken() throws Exception {
        Path file = Files.writeString(folder.resolve("a.json"), "{}");
        watch(List.of(file), null);
        Files.writeString(file, "{1}");
        assertThat(next()).isEqualTo("{1}");
        Files.move(
                Files.writeString(folder.resolve("new"), "{2}"),
                file,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(next()).isEqualTo("{2}");
    }

    @Test
    void takesNothingOnceItIsStopped() throws Exception {
        Path left = Files.writeString(folder.resolve("left.json"), "{}");
        Path watched = Files.writeString(folder.resolve("watched.json"), "{}");
        watch(List.of(left), null).stop();
        watch(List.of(watched), null);
        Files.writeString(left, "{left}");
        // Each is seen by a scan of its own: the first file would have been seen before the second change.
        Files.writeString(watched, "{1}");
        assertThat(next()).isEqualTo("{1}");
        Files.writeString(watched, "{2}");
        assertThat(next()).isEqualTo("{2}");
        assertThat(applied).isEmpty();
    }

    @Test
    void aFileThatGoesAwayForAWhileIsMissedByNobody() throws Exception {
        Path file = Files.writeString(folder.resolve("a.json"), "{}");
        watch(List.of(file), null);
        Files.delete(file);
        Files.writeString(file, "{3}");
        assertThat(next()).isEqualTo("{3}");
    }

    @Test
    void severalFilesAreOneConfiguration() throws Exception {
        Path one = Files.writeString(folder.resolve("a.json"), "{a}");
        Path two = Files.writeString(folder.resolve("b.json"), "{b}");
        watch(List.of(one, two), null);
        Files.writeString(two, "{c}");
        assertThat(next()).isEqualTo("{a}{c}");
    }

    @Test
    void aFolderIsWatchedWithItsNewFiles() throws Exception {
        Path confdir = Files.createDirectory(folder.resolve("d"));
        Path one = Files.writeString(confdir.resolve("a.json"), "{a}");
        watch(List.of(), confdir);
        Files.writeString(confdir.resolve("b.json"), "{b}");
        assertThat(next()).isEqualTo("{a}{b}");
        Files.delete(one);
        assertThat(next()).isEqualTo("{b}");
    }

    @Test
    void whatIsRefusedIsTriedAgainWhenItChanges() throws Exception {
        Path file = Files.writeString(folder.resolve("a.json"), "{}");
        watch(List.of(file), null);
        failure = ReloadFailure.invalid(List.of(FAULT));
        Files.writeString(file, "{half");
        assertThat(next()).isEqualTo("{half");
        Files.writeString(file, "{half}");
        assertThat(next()).isEqualTo("{half}");
    }

    @Test
    void whoeverAsksIsToldAgainOfWhatIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("a.json"), "{}");
        FileWatch watch = watch(List.of(file), null);
        failure = ReloadFailure.invalid(List.of(FAULT));
        Files.writeString(file, "{half");
        assertThat(next()).isEqualTo("{half");
        watch.lookNow();
        assertThat(next()).isEqualTo("{half");
    }

    @Test
    void whatIsNotWatchedIsReadWhereSomebodyAsks() throws Exception {
        AtomicReference<String> text = new AtomicReference<>("{}");
        FileWatch watch = new FileWatch(
                vertx,
                () -> new ConfigFiles.Found(List.of(new Source("http://a.example/", text.get())), List.of()),
                this::take,
                List.of(new Source("http://a.example/", "{}")));
        get(watch.start(List.of(), null));
        text.set("{1}");
        watch.lookNow();
        assertThat(next()).isEqualTo("{1}");
        text.set("{2}");
        watch.lookNow();
        assertThat(next()).isEqualTo("{2}");
        assertThat(applied).isEmpty();
    }

    @Test
    void aChangeWaitsForTheOneBeforeIt() throws Exception {
        Path file = Files.writeString(folder.resolve("a.json"), "{}");
        watch(List.of(file), null);
        failure = ReloadFailure.busy("another");
        Files.writeString(file, "{4}");
        assertThat(next()).isEqualTo("{4}");
        assertThat(next()).isEqualTo("{4}");
    }
}
