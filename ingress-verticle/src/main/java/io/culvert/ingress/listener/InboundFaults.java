package io.culvert.ingress.listener;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.model.Address;
import io.culvert.transport.tls.CertificateFiles;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** What keeps the inbounds of a configuration from being started, as far as it and its files tell: no socket is opened. */
public final class InboundFaults {
    private final List<Diagnostic> faults = new ArrayList<>();
    private final SocketClaims claims = new SocketClaims();

    private InboundFaults() {}

    /** Every fault that {@link Inbounds#begin} would stop at, in the order of the inbounds. Reads certificates. */
    public static List<Diagnostic> of(CulvertConfig config) {
        InboundFaults found = new InboundFaults();
        config.inbounds().stream().filter(InboundFaults::isBuilt).forEach(found::check);
        return List.copyOf(found.faults);
    }

    /** Whether an inbound's ports would take connections to an address of this machine. */
    public static boolean listensForConnections(InboundConfig inbound, String address) {
        InetAddress own = ClientFilter.listenAddress(inbound);
        return isBuilt(inbound)
                && inbound.unixSocket() == null
                && ListenerKey.stream(inbound, 0).kind() == ListenerKey.Kind.TCP
                && InboundProtocols.of(inbound, 0, SeenMemory.none()).stream() != null
                && (own.isAnyLocalAddress()
                        || (Address.parse(address) instanceof Address.Ip(InetAddress ip) && ip.equals(own)));
    }

    /** Others are refused by the configuration's own check. */
    private static boolean isBuilt(InboundConfig inbound) {
        return !(inbound.settings() instanceof InboundSettings.Unbuilt)
                && !(inbound.stream().transport() instanceof TransportSettings.Unbuilt);
    }

    private void check(InboundConfig inbound) {
        List<ListenerKey> streams = ListenerKey.streams(inbound);
        if (streams.isEmpty()) {
            return;
        }
        InboundProtocols protocols =
                InboundProtocols.of(inbound, streams.getFirst().port(), SeenMemory.none());
        if (protocols.stream() != null) {
            security(inbound, protocols);
        }
        for (ListenerKey stream : streams) {
            for (ListenerKey key : ListenerKey.sockets(inbound, protocols, stream)) {
                InboundConfig other = claims.claim(key, inbound);
                if (other != null) {
                    add(inbound, "cannot listen on " + key + ": " + SocketClaims.clash(inbound, key, other));
                    return; // a range of ports would say it once for each
                }
            }
        }
    }

    /** Each certificate that is faulty is said; where none is, whatever else the settings as a whole are refused for. */
    private void security(InboundConfig inbound, InboundProtocols protocols) {
        List<TlsConfigException> wrong = new ArrayList<>();
        if (inbound.stream().security() instanceof SecuritySettings.Tls tls) {
            if (tls.certificates().stream().allMatch(one -> one.usage() == CertificateUsage.VERIFY)) {
                return; // the configuration's own check says that nobody can connect
            }
            wrong.addAll(CertificateFiles.faultsOfServer(tls));
        }
        if (wrong.isEmpty()) {
            try {
                Served.check(inbound, protocols);
            } catch (TlsConfigException e) {
                wrong.add(e);
            }
        }
        for (TlsConfigException fault : wrong) {
            Position at = fault.at();
            faults.add(new Diagnostic(
                    Severity.ERROR, at == null ? inbound.position() : at, String.valueOf(fault.getMessage())));
        }
    }

    private void add(InboundConfig inbound, String what) {
        faults.add(new Diagnostic(Severity.ERROR, inbound.position(), what));
    }
}
