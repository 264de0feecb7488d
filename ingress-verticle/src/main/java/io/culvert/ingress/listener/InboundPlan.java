package io.culvert.ingress.listener;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.diff.Meaning;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.model.UserRef;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every socket that a configuration wants and what is served there, with as much of the plan before it as can stay: the state
 * of protocols, and everything where nothing has changed.
 */
final class InboundPlan {
    static final InboundPlan NONE = new InboundPlan(List.of());

    private final List<InboundConfig> inbounds;
    private final SequencedMap<ListenerKey, Served> sockets = new LinkedHashMap<>();
    private final SocketClaims claimed = new SocketClaims();
    private final Map<Endpoint, InboundProtocols> protocols = new HashMap<>();
    private final List<Update> updates = new ArrayList<>();

    /** Where a protocol's state lives: one for the TCP and the UDP port of an inbound. */
    private record Endpoint(Object address, int port) {}

    /** Settings that a protocol's state takes when the plan begins to hold. */
    private record Update(InboundProtocol state, InboundConfig inbound) {}

    private InboundPlan(List<InboundConfig> inbounds) {
        this.inbounds = inbounds;
    }

    /**
     * Reads certificates: not for an event loop. Nothing of the plan before is changed.
     *
     * @throws TlsConfigException where the certificates of an inbound cannot be used
     * @throws ListenException where two inbounds want the same socket
     */
    static InboundPlan of(Ingress ingress, CulvertConfig config, InboundPlan before)
            throws TlsConfigException, ListenException {
        InboundPlan plan = new InboundPlan(config.inbounds());
        for (InboundConfig inbound : config.inbounds()) {
            for (ListenerKey stream : ListenerKey.streams(inbound)) {
                plan.add(ingress, config.policy(), before, inbound, stream);
            }
        }
        plan.followTags(before);
        return plan;
    }

    private void add(
            Ingress ingress, PolicyConfig policy, InboundPlan before, InboundConfig inbound, ListenerKey stream)
            throws TlsConfigException, ListenException {
        Endpoint endpoint = new Endpoint(stream.address(), stream.port());
        InboundProtocols old = before.protocols.get(endpoint);
        boolean stays = old != null && old.fits(inbound);
        InboundProtocols now =
                old != null && stays ? old.with(inbound) : InboundProtocols.of(inbound, stream.port(), ingress.seen());
        protocols.put(endpoint, now);
        List<ListenerKey> keys = ListenerKey.sockets(inbound, now, stream);
        long handshake = policy.level(now.userLevel()).handshakeMillis();
        Served served = stays ? before.unchanged(keys, inbound, handshake) : null;
        if (served == null) {
            served = Served.of(ingress, inbound, now, handshake);
            if (stays) {
                updates.add(new Update(now.state(), inbound));
            }
        }
        for (ListenerKey key : keys) {
            InboundConfig other = claimed.claim(key, inbound);
            if (other != null) {
                throw new ListenException(
                        inbound.settings().protocol() + " " + key,
                        new BindException(SocketClaims.clash(inbound, key, other)));
            }
            sockets.put(key, served);
        }
    }

    /** What is served at these sockets, where all of it is what an inbound of another configuration wants. */
    private @Nullable Served unchanged(List<ListenerKey> keys, InboundConfig inbound, long handshakeMillis) {
        Served common = null;
        for (ListenerKey key : keys) {
            Served served = sockets.get(key);
            if (served == null
                    || (common != null && !common.equals(served))
                    || served.handshakeMillis() != handshakeMillis
                    || !Meaning.of(served.inbound()).equals(Meaning.of(inbound))) {
                return null;
            }
            common = served;
        }
        return common;
    }

    /** An inbound that has moved to another port keeps its tag: its old state is told of the new users, to find those gone. */
    private void followTags(InboundPlan before) {
        Map<String, InboundConfig> byTag = new HashMap<>();
        inbounds.forEach(inbound -> byTag.put(inbound.tag(), inbound));
        Set<InboundProtocol> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        protocols.values().forEach(one -> kept.add(one.state()));
        Set<InboundProtocol> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Served served : before.sockets.values()) {
            InboundConfig moved = byTag.get(served.inbound().tag());
            InboundProtocols old = served.protocols();
            if (moved != null
                    && !moved.tag().isEmpty()
                    && !kept.contains(old.state())
                    && old.fits(moved)
                    && seen.add(old.state())) {
                updates.add(new Update(old.state(), moved));
            }
        }
    }

    /**
     * Gives the protocols' states their settings. Takes a while with thousands of users.
     *
     * @return the users that are gone, a set by identity
     */
    Set<UserRef> update() {
        Set<UserRef> gone = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Update update : updates) {
            gone.addAll(update.state.update(update.inbound));
        }
        updates.clear();
        return gone;
    }

    /** What is served, by socket, in the order of the inbounds. */
    SequencedMap<ListenerKey, Served> sockets() {
        return Collections.unmodifiableSequencedMap(sockets);
    }

    /** The sockets that this plan has and another has not, in this plan's order. */
    Set<ListenerKey> without(InboundPlan other) {
        Set<ListenerKey> rest = new LinkedHashSet<>(sockets.keySet());
        rest.removeAll(other.sockets.keySet());
        return rest;
    }

    /** Of some sockets those that cannot be open beside one of this plan's that are to go. */
    static Set<ListenerKey> excluded(Set<ListenerKey> some, Set<ListenerKey> by) {
        Set<ListenerKey> excluded = new HashSet<>();
        for (ListenerKey one : some) {
            if (by.stream().anyMatch(one::excludes)) {
                excluded.add(one);
            }
        }
        return excluded;
    }
}
