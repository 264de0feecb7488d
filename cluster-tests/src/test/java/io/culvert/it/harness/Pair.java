package io.culvert.it.harness;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who speaks to whom. V2Ray with itself is the control: what fails there is the fault of the scenario.
 *
 * @param client accepts the application, and speaks the protocol under test to the server
 * @param server goes on to the target
 */
public record Pair(Program client, Program server) {

    /** All four pairs of the programs that the tests run with. */
    public static Stream<Pair> all() {
        List<Program> programs = Program.chosen().toList();
        return programs.stream().flatMap(client -> programs.stream().map(server -> new Pair(client, server)));
    }

    /** The pairs that have a Culvert at one end at least. */
    public static Stream<Pair> withCulvert() {
        return all().filter(pair -> pair.client == Program.CULVERT || pair.server == Program.CULVERT);
    }

    /** The pairs whose server is a Culvert. */
    public static Stream<Pair> toCulvert() {
        return all().filter(pair -> pair.server == Program.CULVERT);
    }

    @Override
    public String toString() {
        return client + " to " + server;
    }
}
