package io.culvert.launcher.reload;

import io.culvert.bus.BusFormatException;
import io.culvert.bus.BusRegistration;
import io.culvert.bus.ConfigMessage;
import io.culvert.bus.ConfigMessage.Kind;
import io.culvert.bus.ConfigPeers;
import io.culvert.bus.NodeStatus;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One configuration for all nodes of a farm (design section 6): what is applied on one is made ready on all, then taken by all,
 * or by none. The node with the lowest id is asked first, so that of two who apply at once one wins and the other is told.
 *
 * <p>A node that has missed a configuration, because it was cut off, takes the one that wins ({@link ConfigVersion}) as soon as
 * it hears of it. Where its own was none of those that the winner has taken the place of, a change gets lost by that: it is
 * said once in the log, and in the node's announcements until the next configuration is applied. Any thread.
 */
public final class FarmConfig {
    private static final Logger LOG = LoggerFactory.getLogger(FarmConfig.class);

    /** How often a node looks whether others run a later configuration. */
    private static final long LOOK_MILLIS = 500;

    /** How long one is later before it is taken for missed: longer than a commit takes to reach all. */
    private static final long COMMIT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** The same where nothing has been made ready here, as it is everywhere before the first node commits. */
    private static final long MISSED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * How many nodes a configuration is on its way to at once: the bus holds a copy of it for each, and announcements wait behind
     * it on the same connections.
     */
    static final int PREPARED_AT_ONCE = 16;

    private static final ConfigVersion NONE = ConfigVersion.of(0);

    private record Overruled(long epoch, ConfigVersion by) {}

    /** What all those that were asked have made ready. */
    private record Proposed(String name, ConfigVersion version, List<String> asked) {}

    private final Vertx vertx;
    private final String own;
    private final Reloader reloader;
    private final Supplier<List<NodeStatus>> nodes;
    private final AtomicLong proposals = new AtomicLong();
    private final Map<String, Reloader.Proposal> ready = new ConcurrentHashMap<>();
    private volatile ConfigVersion seenLater = NONE;
    private volatile long seenLaterAt;
    private volatile ConfigVersion refusedLater = NONE;
    /** What {@link #overruled} tells, and as long as what runs. */
    private volatile Overruled lost = new Overruled(0, NONE);

    /**
     * @param own this node's id
     * @param reloader this node's
     * @param nodes the live nodes; this one need not be among them
     */
    public FarmConfig(Vertx vertx, String own, Reloader reloader, Supplier<List<NodeStatus>> nodes) {
        this.vertx = vertx;
        this.own = own;
        this.reloader = reloader;
        this.nodes = nodes;
    }

    /** Takes part from now on; ends with Vert.x. */
    public Future<BusRegistration> start() {
        vertx.setPeriodic(LOOK_MILLIS, _ -> catchUp());
        return ConfigPeers.register(vertx, own, this::answer);
    }

    /**
     * Applies texts on all nodes, unless all of them run what the texts say.
     *
     * @return fails with {@link ReloadFailure}, and nothing has changed anywhere
     */
    public Future<Applied> apply(List<Source> sources) {
        return reloader.compare(sources)
                .compose(seen -> saysWhatAllRun(seen)
                        ? Future.succeededFuture(seen)
                        : prepared(sources)
                                .compose(proposal -> commit(proposal.asked, proposal.name, proposal.version)));
    }

    /**
     * Has all nodes make ready what {@link #apply} would have them take, and drop it again.
     *
     * @return fails with {@link ReloadFailure} where one of them cannot
     */
    public Future<Applied> tryOut(List<Source> sources) {
        return reloader.compare(sources)
                .compose(seen -> saysWhatAllRun(seen)
                        ? Future.succeededFuture(seen)
                        : prepared(sources)
                                .compose(proposal -> toAll(
                                                proposal.asked, ConfigMessage.of(Kind.DISCARD, proposal.name))
                                        .map(new Applied(proposal.version.epoch(), seen.changes(), seen.warnings())
                                                .possible())));
    }

    /** At the first epoch each node runs a file of its own, which nobody has compared with this one's. */
    private boolean saysWhatAllRun(Applied seen) {
        ConfigVersion runs = reloader.current().version();
        boolean alone = all().size() == 1;
        return seen.outcome() == Applied.Outcome.UNCHANGED
                && (alone
                        || (runs.epoch() > Snapshot.FIRST_EPOCH
                                && nodes.get().stream()
                                        .allMatch(node -> node.config().equals(runs))));
    }

    /** Has all nodes make texts ready; where one cannot, the others drop them. */
    private Future<Proposed> prepared(List<Source> sources) {
        String proposal = own + "/" + proposals.incrementAndGet();
        List<String> all = all();
        long epoch = 1 + nodes.get().stream().mapToLong(NodeStatus::epoch).reduce(epoch(), Math::max);
        ConfigVersion version = Reloader.version(epoch, sources);
        ConfigMessage prepare = new ConfigMessage(Kind.PREPARE, proposal, version, texts(sources), List.of());
        ConfigPeers.Encoded encoded;
        try {
            encoded = ConfigPeers.encoded(prepare);
        } catch (BusFormatException e) {
            return Future.failedFuture(ReloadFailure.unusable(String.valueOf(e.getMessage())));
        }
        Function<String, Future<ConfigMessage>> ask =
                node -> node.equals(own) ? answer(prepare) : ConfigPeers.ask(vertx, node, encoded);
        return prepared(all.getFirst(), ask)
                .compose(_ -> prepared(all, 1, ask))
                .<Proposed>map(_ -> new Proposed(proposal, version, all))
                .recover(fault -> toAll(all, ConfigMessage.of(Kind.DISCARD, proposal))
                        .transform(_ -> Future.failedFuture(firstOf(fault))));
    }

    private long epoch() {
        return reloader.current().epoch();
    }

    /**
     * The epoch of a configuration that was applied here and has given way to another's, as long as that other one runs; 0 for
     * none.
     */
    public long overruled() {
        Overruled last = lost;
        return last.by.equals(reloader.current().version()) ? last.epoch : 0;
    }

    /** The live nodes in the order in which they are asked. */
    private List<String> all() {
        List<String> ids =
                new ArrayList<>(nodes.get().stream().map(NodeStatus::node).toList());
        if (!ids.contains(own)) {
            ids.add(own);
        }
        ids.sort(Comparator.naturalOrder());
        return ids;
    }

    /** Asks those from an index on, {@link #PREPARED_AT_ONCE} at a time; nobody more once one of them cannot. */
    private Future<?> prepared(List<String> all, int from, Function<String, Future<ConfigMessage>> ask) {
        if (from >= all.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(all.size(), from + PREPARED_AT_ONCE);
        return Future.join(all.subList(from, to).stream()
                        .map(node -> prepared(node, ask))
                        .toList())
                .compose(_ -> prepared(all, to, ask));
    }

    private Future<?> prepared(String node, Function<String, Future<ConfigMessage>> ask) {
        return ask.apply(node)
                .recover(fault -> Future.failedFuture(
                        ReloadFailure.unusable(of(node) + " does not answer: " + fault.getMessage())))
                .compose(said -> switch (said.kind()) {
                    case READY -> Future.succeededFuture();
                    case BUSY -> Future.failedFuture(ReloadFailure.busy(of(node) + ": " + line(said)));
                    case REFUSED -> Future.failedFuture(ReloadFailure.refused(refused(node, said.lines())));
                    case PREPARE, COMMIT, DISCARD, ASK, SNAPSHOT ->
                        Future.failedFuture(ReloadFailure.unusable(of(node) + " answered " + said.kind()));
                });
    }

    private List<String> refused(String node, List<String> lines) {
        return node.equals(own)
                ? lines
                : lines.stream().map(line -> of(node) + ": " + line).toList();
    }

    private static String of(String node) {
        return "node " + NodeStatus.nameOf(node);
    }

    private static String line(ConfigMessage said) {
        return said.lines().isEmpty() ? "busy" : said.lines().getFirst();
    }

    private static Throwable firstOf(Throwable fault) {
        return fault instanceof ReloadFailure ? fault : ReloadFailure.unusable(String.valueOf(fault.getMessage()));
    }

    private Future<Applied> commit(List<String> all, String proposal, ConfigVersion version) {
        Reloader.Proposal mine = ready.remove(proposal);
        if (mine == null) {
            return Future.failedFuture(ReloadFailure.busy("it was dropped before its commit"));
        }
        List<String> others = all.stream().filter(node -> !node.equals(own)).toList();
        Set<String> ingresses = nodes.get().stream()
                .filter(node -> node.roles().contains(NodeRole.INGRESS))
                .map(NodeStatus::node)
                .collect(Collectors.toUnmodifiableSet());
        Map<Boolean, List<String>> last = others.stream().collect(Collectors.partitioningBy(ingresses::contains));
        ConfigMessage commit = ConfigMessage.of(Kind.COMMIT, proposal, version);
        // The own node first: where even that fails nobody else has changed. Ingresses last: what they ask for is there
        // then.
        return mine.commit()
                .onFailure(_ -> toAll(others, ConfigMessage.of(Kind.DISCARD, proposal)))
                .compose(applied -> toAll(last.getOrDefault(false, List.of()), commit)
                        .transform(_ -> toAll(last.getOrDefault(true, List.of()), commit))
                        .transform(_ -> Future.succeededFuture(applied)));
    }

    /** Whoever does not hear it, or cannot do it, catches up. */
    private Future<?> toAll(List<String> all, ConfigMessage message) {
        return Future.join(all.stream()
                .map(node -> ask(node, message)
                        .onSuccess(said -> {
                            if (said.kind() == Kind.REFUSED) {
                                LOG.error(
                                        "{} has not taken configuration {}: {}", of(node), message.epoch(), line(said));
                            }
                        })
                        .otherwiseEmpty())
                .toList());
    }

    private Future<ConfigMessage> ask(String node, ConfigMessage question) {
        return node.equals(own) ? answer(question) : ConfigPeers.ask(vertx, node, question);
    }

    /** What this node says to a question. */
    private Future<ConfigMessage> answer(ConfigMessage question) {
        String proposal = question.proposal();
        return switch (question.kind()) {
            case PREPARE ->
                reloader.prepare(sources(question), !proposal.startsWith(own + "/"), question.version())
                        .map(made -> {
                            ready.put(proposal, made);
                            made.whenOver(() -> ready.remove(proposal));
                            return ConfigMessage.of(Kind.READY, proposal, question.version());
                        })
                        .recover(fault -> refusal(proposal, fault));
            case COMMIT -> {
                Reloader.Proposal made = ready.remove(proposal);
                yield made == null
                        ? refusal(proposal, ReloadFailure.busy("it was dropped before its commit"))
                        : made.commit()
                                .map(_ -> ConfigMessage.of(Kind.READY, proposal, question.version()))
                                .recover(fault -> refusal(proposal, fault));
            }
            case DISCARD -> {
                Reloader.Proposal made = ready.remove(proposal);
                Future<?> dropped = made == null ? Future.succeededFuture() : made.discard();
                yield dropped.map(_ -> ConfigMessage.of(Kind.READY, proposal));
            }
            case ASK -> {
                Snapshot runs = reloader.current();
                yield Future.succeededFuture(new ConfigMessage(
                        Kind.SNAPSHOT, "", runs.version(), texts(runs.sources()), List.of(), runs.before()));
            }
            case READY, REFUSED, BUSY, SNAPSHOT -> refusal(proposal, ReloadFailure.unusable("not a question"));
        };
    }

    private static Future<ConfigMessage> refusal(String proposal, Throwable fault) {
        if (!(fault instanceof ReloadFailure failure)) {
            return Future.failedFuture(fault);
        }
        Kind kind = failure.kind() == ReloadFailure.Kind.BUSY ? Kind.BUSY : Kind.REFUSED;
        return Future.succeededFuture(new ConfigMessage(kind, proposal, NONE, List.of(), failure.lines()));
    }

    private void catchUp() {
        Optional<NodeStatus> latest = latest(nodes.get(), own);
        ConfigVersion later = latest.map(NodeStatus::config).orElse(NONE);
        long now = System.nanoTime();
        if (!later.equals(seenLater)) {
            seenLater = later;
            seenLaterAt = now;
        }
        boolean missed = now - seenLaterAt >= patience();
        if (!later.wins(reloader.current().version()) || !missed || later.equals(refusedLater)) {
            return;
        }
        String node = latest.orElseThrow().node();
        ask(node, ConfigMessage.of(Kind.ASK, ""))
                .compose(said -> take(node, said))
                .onFailure(fault -> {
                    if (!(fault instanceof ReloadFailure failure) || failure.kind() != ReloadFailure.Kind.BUSY) {
                        refusedLater = later;
                        LOG.error(
                                "configuration {} of {} cannot be taken: {}",
                                later.epoch(),
                                of(node),
                                fault.getMessage());
                    }
                });
    }

    /** A node that has taken none yet has begun before it met the farm: what is asked of it meanwhile it cannot answer. */
    private long patience() {
        if (!ready.isEmpty()) {
            return COMMIT_NANOS;
        }
        return epoch() == Snapshot.FIRST_EPOCH ? 0 : MISSED_NANOS;
    }

    private Future<?> take(String node, ConfigMessage said) {
        Snapshot mine = reloader.current();
        if (said.kind() != Kind.SNAPSHOT
                || !said.version().wins(mine.version())
                || said.texts().isEmpty()) {
            return Future.succeededFuture();
        }
        return reloader.prepare(sources(said), true, said.version())
                .compose(made -> made.commit(said.before()))
                .onSuccess(applied -> {
                    if (isLost(mine, said) && !applied.changesNothing()) {
                        lost = new Overruled(mine.epoch(), said.version());
                        LOG.error(
                                "configuration {} that was applied here at {} has given way to configuration {} of {} of {}:"
                                        + " what only the first one changed is gone, apply it again where it is wanted",
                                mine.epoch(),
                                Instant.ofEpochMilli(mine.version().millis()),
                                said.epoch(),
                                of(node),
                                Instant.ofEpochMilli(said.version().millis()));
                    }
                });
    }

    /** Whether a configuration has been applied here that is none of those that the other one has taken the place of. */
    private static boolean isLost(Snapshot mine, ConfigMessage winner) {
        return mine.epoch() > Snapshot.FIRST_EPOCH && !winner.before().contains(mine.version());
    }

    private static Optional<NodeStatus> latest(List<NodeStatus> nodes, String own) {
        return nodes.stream()
                .filter(node -> !node.node().equals(own) && node.compatible())
                .max(Comparator.comparing(NodeStatus::config));
    }

    /**
     * What a node that joins is to run in place of what it would begin with: the configuration of the farm, where one has been
     * applied since the farm's start, and it wins.
     *
     * @param mine what the node would begin with
     * @return completes with a snapshot's message, or with one without texts where the node keeps its own
     */
    public static Future<ConfigMessage> toJoinWith(
            Vertx vertx, String own, List<NodeStatus> nodes, ConfigVersion mine) {
        return latest(nodes, own)
                .filter(node ->
                        node.epoch() > Snapshot.FIRST_EPOCH && node.config().wins(mine))
                .map(node -> ConfigPeers.ask(vertx, node.node(), ConfigMessage.of(Kind.ASK, "")))
                .orElseGet(() -> Future.succeededFuture(
                        ConfigMessage.of(Kind.SNAPSHOT, "", ConfigVersion.of(Snapshot.FIRST_EPOCH))));
    }

    /** The texts in a message. */
    public static List<Source> sources(ConfigMessage message) {
        return message.texts().stream()
                .map(text -> new Source(text.name(), text.text()))
                .toList();
    }

    private static List<ConfigMessage.Text> texts(List<Source> sources) {
        return sources.stream()
                .map(source -> new ConfigMessage.Text(source.name(), source.text()))
                .toList();
    }
}
