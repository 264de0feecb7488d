package io.culvert.launcher.reload;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.ConfigMessage;
import io.culvert.bus.ConfigMessage.Kind;
import io.culvert.bus.ConfigPeers;
import io.culvert.bus.NodeStatus;
import io.culvert.config.reader.Source;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One configuration for all nodes of a farm (design section 6): what is applied on one is made ready on all, then taken by all,
 * or by none. The node with the lowest id is asked first, so that of two who apply at once one wins and the other is told.
 *
 * <p>A node that has missed a configuration, because it was cut off, takes the one with the highest epoch as soon as it hears
 * of it; its own gives way. Any thread.
 */
public final class FarmConfig {
    private static final Logger LOG = LoggerFactory.getLogger(FarmConfig.class);

    /** How often a node looks whether others run a later configuration: longer than a commit takes to reach all. */
    private static final long CATCH_UP_MILLIS = 3_000;

    private final Vertx vertx;
    private final String own;
    private final Reloader reloader;
    private final Supplier<List<NodeStatus>> nodes;
    private final AtomicLong proposals = new AtomicLong();
    private final Map<String, Reloader.Proposal> ready = new ConcurrentHashMap<>();
    private volatile long seenLater;
    private volatile long refusedLater;

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
        vertx.setPeriodic(CATCH_UP_MILLIS, _ -> catchUp());
        return ConfigPeers.register(vertx, own, this::answer);
    }

    /**
     * Applies texts on all nodes.
     *
     * @return fails with {@link ReloadFailure}, and nothing has changed anywhere
     */
    public Future<Applied> apply(List<Source> sources) {
        String proposal = own + "/" + proposals.incrementAndGet();
        List<String> all = all();
        long epoch = 1 + nodes.get().stream().mapToLong(NodeStatus::epoch).reduce(epoch(), Math::max);
        ConfigMessage prepare = new ConfigMessage(Kind.PREPARE, proposal, epoch, texts(sources), List.of());
        return prepared(all.getFirst(), prepare)
                .compose(_ -> Future.join(all.stream()
                        .skip(1)
                        .map(node -> prepared(node, prepare))
                        .toList()))
                .recover(fault -> toAll(all, ConfigMessage.of(Kind.DISCARD, proposal, 0))
                        .transform(_ -> Future.failedFuture(firstOf(fault))))
                .compose(_ -> commit(all, proposal, epoch));
    }

    private long epoch() {
        return reloader.current().epoch();
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

    private Future<?> prepared(String node, ConfigMessage prepare) {
        return ask(node, prepare)
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

    private Future<Applied> commit(List<String> all, String proposal, long epoch) {
        Reloader.Proposal mine = ready.remove(proposal);
        if (mine == null) {
            return Future.failedFuture(ReloadFailure.busy("it was dropped before its commit"));
        }
        List<String> others = all.stream().filter(node -> !node.equals(own)).toList();
        // The own node first: where even that fails nobody else has changed.
        return mine.commit(epoch)
                .onFailure(_ -> toAll(others, ConfigMessage.of(Kind.DISCARD, proposal, 0)))
                .compose(applied -> toAll(others, ConfigMessage.of(Kind.COMMIT, proposal, epoch))
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
                reloader.prepare(sources(question), !proposal.startsWith(own + "/"))
                        .map(made -> {
                            ready.put(proposal, made);
                            made.whenOver(() -> ready.remove(proposal));
                            return ConfigMessage.of(Kind.READY, proposal, question.epoch());
                        })
                        .recover(fault -> refusal(proposal, fault));
            case COMMIT -> {
                Reloader.Proposal made = ready.remove(proposal);
                yield made == null
                        ? refusal(proposal, ReloadFailure.busy("it was dropped before its commit"))
                        : made.commit(question.epoch())
                                .map(_ -> ConfigMessage.of(Kind.READY, proposal, question.epoch()))
                                .recover(fault -> refusal(proposal, fault));
            }
            case DISCARD -> {
                Reloader.Proposal made = ready.remove(proposal);
                Future<?> dropped = made == null ? Future.succeededFuture() : made.discard();
                yield dropped.map(_ -> ConfigMessage.of(Kind.READY, proposal, 0));
            }
            case ASK -> {
                Snapshot runs = reloader.current();
                yield Future.succeededFuture(
                        new ConfigMessage(Kind.SNAPSHOT, "", runs.epoch(), texts(runs.sources()), List.of()));
            }
            case READY, REFUSED, BUSY, SNAPSHOT -> refusal(proposal, ReloadFailure.unusable("not a question"));
        };
    }

    private static Future<ConfigMessage> refusal(String proposal, Throwable fault) {
        if (!(fault instanceof ReloadFailure failure)) {
            return Future.failedFuture(fault);
        }
        Kind kind = failure.kind() == ReloadFailure.Kind.BUSY ? Kind.BUSY : Kind.REFUSED;
        return Future.succeededFuture(new ConfigMessage(kind, proposal, 0, List.of(), failure.lines()));
    }

    private void catchUp() {
        Optional<NodeStatus> latest = latest(nodes.get(), own);
        long later = latest.map(NodeStatus::epoch).orElse(0L);
        boolean again = later == seenLater;
        seenLater = later;
        // What has been later for a whole period is not about to be committed here.
        if (later <= epoch() || !again || later == refusedLater) {
            return;
        }
        String node = latest.orElseThrow().node();
        ask(node, ConfigMessage.of(Kind.ASK, "", 0))
                .compose(said -> take(node, said))
                .onFailure(fault -> {
                    if (!(fault instanceof ReloadFailure failure) || failure.kind() != ReloadFailure.Kind.BUSY) {
                        refusedLater = later;
                        LOG.error("configuration {} of {} cannot be taken: {}", later, of(node), fault.getMessage());
                    }
                });
    }

    private Future<?> take(String node, ConfigMessage snapshot) {
        long before = epoch();
        if (snapshot.kind() != Kind.SNAPSHOT
                || snapshot.epoch() <= before
                || snapshot.texts().isEmpty()) {
            return Future.succeededFuture();
        }
        return reloader.prepare(sources(snapshot), true)
                .compose(made -> made.commit(snapshot.epoch()))
                .onSuccess(applied -> {
                    if (before > Snapshot.FIRST_EPOCH) {
                        LOG.warn(
                                "configuration {} of this node has given way to {} of {}",
                                before,
                                applied.epoch(),
                                of(node));
                    }
                });
    }

    private static Optional<NodeStatus> latest(List<NodeStatus> nodes, String own) {
        return nodes.stream()
                .filter(node -> !node.node().equals(own) && node.compatible())
                .max(Comparator.comparingLong(NodeStatus::epoch));
    }

    /**
     * What a node that joins is to run in place of what it was started with: the configuration of the farm, where one has been
     * applied since the farm's start.
     *
     * @return completes with a snapshot's message, or with one without texts where the node keeps its own
     */
    public static Future<ConfigMessage> toJoinWith(Vertx vertx, String own, List<NodeStatus> nodes) {
        return latest(nodes, own)
                .filter(node -> node.epoch() > Snapshot.FIRST_EPOCH)
                .map(node -> ConfigPeers.ask(vertx, node.node(), ConfigMessage.of(Kind.ASK, "", 0)))
                .orElseGet(() -> Future.succeededFuture(ConfigMessage.of(Kind.SNAPSHOT, "", Snapshot.FIRST_EPOCH)));
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
