package io.culvert.egress;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.egress.dial.AddressGuard;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.Names;
import io.culvert.egress.outbound.Outbounds;
import io.culvert.transport.tls.CertificateFiles;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What keeps the outbounds of a configuration from being made, as far as it and its files tell: nothing is dialled. */
public final class OutboundFaults {
    private OutboundFaults() {}

    /** Every fault that {@link Egress#apply} would stop at, in the order of the outbounds. Reads certificates. */
    public static List<Diagnostic> of(CulvertConfig config) {
        List<Diagnostic> faults = new ArrayList<>();
        try (Names names = new Names()) {
            Dialer dialer = new Dialer(names, new AddressGuard("", Set::of, Set::of, Set.of()));
            for (OutboundConfig outbound : config.outbounds()) {
                if (isBuilt(outbound)) {
                    faults.addAll(of(outbound, dialer));
                }
            }
        }
        return faults;
    }

    /** Each certificate that is faulty; where none is, whatever else the settings as a whole are refused for. */
    private static List<Diagnostic> of(OutboundConfig outbound, Dialer dialer) {
        List<TlsConfigException> wrong = new ArrayList<>();
        boolean dials = !(outbound.settings() instanceof OutboundSettings.Blackhole);
        if (dials && outbound.stream().security() instanceof SecuritySettings.Tls tls) {
            wrong.addAll(CertificateFiles.faultsOfClient(tls));
        }
        if (wrong.isEmpty()) {
            try {
                Outbounds.of(outbound, dialer);
            } catch (TlsConfigException e) {
                wrong.add(e);
            }
        }
        return wrong.stream()
                .map(fault -> {
                    Position at = fault.at();
                    return new Diagnostic(
                            Severity.ERROR, at == null ? outbound.position() : at, String.valueOf(fault.getMessage()));
                })
                .toList();
    }

    /** Others are refused by the configuration's own check. */
    private static boolean isBuilt(OutboundConfig outbound) {
        return !(outbound.settings() instanceof OutboundSettings.Unbuilt)
                && !(outbound.stream().transport() instanceof TransportSettings.Unbuilt);
    }
}
