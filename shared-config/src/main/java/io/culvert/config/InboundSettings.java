package io.culvert.config;

import io.culvert.model.Address;
import io.culvert.model.Network;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The settings of an inbound protocol. A new protocol is a new record here; the compiler then shows what is missing. */
public sealed interface InboundSettings {

    /** V2Ray's name of the protocol. */
    String protocol();

    /**
     * dokodemo-door (wire-formats section 13).
     *
     * @param address the fixed destination's host, or null where only {@code followRedirect} gives one
     */
    record Dokodemo(@Nullable Address address, int port, Set<Network> networks, boolean followRedirect, int userLevel)
            implements InboundSettings {
        public Dokodemo {
            networks = Set.copyOf(networks);
        }

        @Override
        public String protocol() {
            return "dokodemo-door";
        }
    }

    /**
     * SOCKS 4, 4a and 5.
     *
     * @param password whether a client must authenticate with one of the accounts
     * @param udp whether UDP ASSOCIATE is served
     * @param udpAddress the address that an association is told to send to, or null to choose it (section 11.1)
     * @param openProxy whether anyone at all is served without an account on a public address
     */
    record Socks(
            boolean password,
            List<Account> accounts,
            boolean udp,
            @Nullable Address udpAddress,
            int userLevel,
            boolean openProxy)
            implements InboundSettings {
        public Socks {
            accounts = List.copyOf(accounts);
        }

        @Override
        public String protocol() {
            return "socks";
        }
    }

    /**
     * The HTTP proxy.
     *
     * @param accounts empty: no authentication
     * @param allowTransparent whether requests in origin form are served by their Host header
     * @param openProxy as in {@link Socks}
     */
    record Http(List<Account> accounts, boolean allowTransparent, int userLevel, boolean openProxy)
            implements InboundSettings {
        public Http {
            accounts = List.copyOf(accounts);
        }

        @Override
        public String protocol() {
            return "http";
        }
    }

    /**
     * VMess.
     *
     * @param disableInsecureEncryption refuses body securities none and legacy
     */
    record Vmess(List<VmessUser> users, boolean disableInsecureEncryption) implements InboundSettings {
        public Vmess {
            users = List.copyOf(users);
        }

        @Override
        public String protocol() {
            return "vmess";
        }
    }

    /** @param alterId 0: AEAD headers only; above: legacy headers with that many alternative IDs as well */
    record VmessUser(UUID id, int alterId, int level, String email) {
        @Override
        public String toString() {
            return "VmessUser[id=***, alterId=" + alterId + ", level=" + level + ", email=" + email + "]";
        }
    }

    /**
     * VLESS version 0.
     *
     * @param allowInsecure serves clients from anywhere although there is no TLS
     */
    record Vless(List<VlessUser> users, boolean allowInsecure) implements InboundSettings {
        public Vless {
            users = List.copyOf(users);
        }

        @Override
        public String protocol() {
            return "vless";
        }
    }

    record VlessUser(UUID id, int level, String email) {
        @Override
        public String toString() {
            return "VlessUser[id=***, level=" + level + ", email=" + email + "]";
        }
    }

    /** A protocol that V2Ray has and this version does not; never run. */
    record Unbuilt(String protocol) implements InboundSettings {}
}
