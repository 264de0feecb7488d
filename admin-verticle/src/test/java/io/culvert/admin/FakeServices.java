package io.culvert.admin;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** A node that remembers what it was asked. */
final class FakeServices implements AdminServices {
    static final SessionView SESSION = new SessionView(
            "s1", "192.0.2.1:5000", "in", "tcp:example.com:80", "direct", "a@b", "relaying", 1_000, 12, 34);

    /** An address of the machine. */
    static final InetAddress OWN = InetAddress.ofLiteral("2001:db8::7");

    final List<String> asked = new ArrayList<>();
    volatile boolean ready = true;
    volatile ApplyResult result =
            new ApplyResult.Taken(2, List.of("inbound [in] added"), List.of(), ApplyResult.Outcome.APPLIED);

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public boolean isOwn(InetAddress address) {
        return address.equals(OWN);
    }

    @Override
    public List<SessionView> sessions() {
        return List.of(SESSION);
    }

    @Override
    public boolean closeSession(String id) {
        asked.add("close " + id);
        return id.equals(SESSION.id());
    }

    @Override
    public List<NodeView> nodes() {
        return List.of(new NodeView("a", List.of("ingress", "router"), 3, 41, 7, "ready", 0, 0, false));
    }

    @Override
    public Future<ConfigView> config() {
        return Future.succeededFuture(new ConfigView(7, List.of(new ConfigView.Text("a.json", "{}"))));
    }

    @Override
    public Future<ApplyResult> apply(List<ConfigView.Text> texts, boolean dryRun, boolean force) {
        texts.forEach(
                text -> asked.add((force ? "force " : dryRun ? "try " : "apply ") + text.name() + " " + text.text()));
        return Future.succeededFuture(result);
    }

    @Override
    public Future<ApplyResult> applyPrevious(boolean dryRun) {
        asked.add(dryRun ? "try previous" : "apply previous");
        return Future.succeededFuture(result);
    }

    @Override
    public Future<Drain> drain(String node) {
        asked.add("drain " + node);
        return Future.succeededFuture(
                switch (node) {
                    case "a b" -> Drain.BEGUN;
                    case "b" -> Drain.UNDER_WAY;
                    default -> Drain.NO_SUCH_NODE;
                });
    }
}
