package io.culvert.it.harness;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What can stand at either end of a session. */
public enum Program {
    V2RAY,
    CULVERT;

    /** The programs that the tests run with: all, unless the property {@code culvert.it.programs} names some. */
    public static Stream<Program> chosen() {
        String only = System.getProperty("culvert.it.programs", "");
        return Arrays.stream(values())
                .filter(program -> only.isEmpty() || List.of(only.split(",")).contains(program.name()));
    }

    /** Skips the test, saying so, where the program is not on this machine. */
    public void require() {
        if (this == V2RAY) {
            Peers.require("v2ray");
        }
    }

    List<String> command(Path config) {
        return switch (this) {
            case V2RAY -> List.of(Peers.require("v2ray").toString(), "-config", config.toString());
            case CULVERT -> culvert(config);
        };
    }

    private static List<String> culvert(Path config) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("culvert.jvm", "").strip().split("\\s+")));
        // As the launcher script has them.
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Xss512k"));
        // A small heap and a leak detector that samples: a leak of any size shows within a run.
        command.addAll(List.of("-Xmx256m", "-Dio.netty.leakDetection.level=advanced"));
        command.addAll(List.of("-cp", productClassPath(), "io.culvert.launcher.Main", "run", "-c"));
        command.addAll(1, SharedClasses.options(List.copyOf(command)));
        command.add(config.toString());
        command.addAll(List.of("--state", state(config).toString()));
        return command;
    }

    /** The state folder of a Culvert: beside its configuration, and gone with it, since a VMess node's memory takes 30 MiB. */
    static Path state(Path config) {
        return Path.of(config + ".state");
    }

    /** The class path of the tests without the tests themselves, whose logging set-up is not the product's. */
    private static String productClassPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("test-classes") && !entry.endsWith("-tests.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
