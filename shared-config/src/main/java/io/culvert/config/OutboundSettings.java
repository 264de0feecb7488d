package io.culvert.config;

import io.culvert.model.Address;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The settings of an outbound protocol. */
public sealed interface OutboundSettings {

    /** V2Ray's name of the protocol. */
    String protocol();

    /** How a domain becomes an address before it is dialled. */
    enum DomainStrategy {
        AS_IS,
        USE_IP,
        USE_IPV4,
        USE_IPV6
    }

    /**
     * freedom: dials the destination itself.
     *
     * @param redirectAddress replaces the destination's host, or null
     * @param redirectPort replaces the destination's port, or 0
     * @param allowPrivate lets clients reach private and local addresses
     */
    record Freedom(
            DomainStrategy domainStrategy,
            @Nullable Address redirectAddress,
            int redirectPort,
            int userLevel,
            boolean allowPrivate)
            implements OutboundSettings {
        @Override
        public String protocol() {
            return "freedom";
        }
    }

    /** @param http whether a 403 answer is written before closing */
    record Blackhole(boolean http) implements OutboundSettings {
        @Override
        public String protocol() {
            return "blackhole";
        }
    }

    record Vmess(List<VmessServer> servers) implements OutboundSettings {
        public Vmess {
            servers = List.copyOf(servers);
        }

        @Override
        public String protocol() {
            return "vmess";
        }
    }

    record VmessServer(Address address, int port, List<VmessAccount> users) {
        public VmessServer {
            users = List.copyOf(users);
        }
    }

    /**
     * @param alterId 0: AEAD header; above: legacy header with that many alternative IDs
     * @param experiments what V2Ray 5 and Xray call so; V2Ray 4.34 knows none of them
     */
    record VmessAccount(
            UUID id, int alterId, VmessSecurity security, int level, String email, Set<VmessExperiment> experiments) {
        public VmessAccount {
            experiments = Set.copyOf(experiments);
        }

        @Override
        public String toString() {
            return "VmessAccount[id=***, alterId=" + alterId + ", security=" + security + ", email=" + email + "]";
        }
    }

    /** The body cipher that a VMess client asks for. AUTO is AES-128-GCM wherever the processor has AES. */
    enum VmessSecurity {
        AUTO,
        AES_128_GCM,
        CHACHA20_POLY1305,
        NONE,
        ZERO
    }

    /** How a VMess client departs from the protocol as it first was. */
    enum VmessExperiment {
        /** Sizes of chunks are sealed; with a cipher that seals only. */
        AUTHENTICATED_LENGTH("AuthenticatedLength"),
        /** The client ends its direction without the empty chunk: by the end of its output on the connection. */
        NO_TERMINATION_SIGNAL("NoTerminationSignal");

        private final String word;

        VmessExperiment(String word) {
            this.word = word;
        }

        /** How configurations write it. */
        public String word() {
            return word;
        }
    }

    record Vless(List<VlessServer> servers) implements OutboundSettings {
        public Vless {
            servers = List.copyOf(servers);
        }

        @Override
        public String protocol() {
            return "vless";
        }
    }

    record VlessServer(Address address, int port, List<VlessAccount> users) {
        public VlessServer {
            users = List.copyOf(users);
        }
    }

    record VlessAccount(UUID id, int level, String email) {
        @Override
        public String toString() {
            return "VlessAccount[id=***, level=" + level + ", email=" + email + "]";
        }
    }

    record Socks(List<ProxyServer> servers) implements OutboundSettings {
        public Socks {
            servers = List.copyOf(servers);
        }

        @Override
        public String protocol() {
            return "socks";
        }
    }

    record Http(List<ProxyServer> servers) implements OutboundSettings {
        public Http {
            servers = List.copyOf(servers);
        }

        @Override
        public String protocol() {
            return "http";
        }
    }

    /** @param users accounts, one picked at random per connection; empty for none */
    record ProxyServer(Address address, int port, List<Account> users) {
        public ProxyServer {
            users = List.copyOf(users);
        }
    }

    /** A protocol that V2Ray has and this version does not; never run. */
    record Unbuilt(String protocol) implements OutboundSettings {}
}
