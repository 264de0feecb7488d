package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundSettings.VmessAccount;
import io.culvert.config.OutboundSettings.VmessExperiment;
import io.culvert.config.OutboundSettings.VmessSecurity;
import io.culvert.wire.vmess.VmessCommand;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The option bits that a VMess client asks with. */
class VmessOutboundTest {
    private static int options(VmessSecurity security, Set<VmessExperiment> experiments, VmessCommand command) {
        UUID id = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
        return VmessOutbound.options(new VmessAccount(id, 0, security, 0, "", experiments), command);
    }

    /** As V2Ray sends them; but zero has chunks for datagrams, as sing-box sends it. */
    @ParameterizedTest
    @CsvSource({
        "AUTO, 0x0D, 0x0D",
        "AES_128_GCM, 0x0D, 0x0D",
        "CHACHA20_POLY1305, 0x0D, 0x0D",
        "NONE, 0x05, 0x05",
        "ZERO, 0x00, 0x01"
    })
    void optionsOfEachCipher(VmessSecurity security, String tcp, String udp) {
        for (Set<VmessExperiment> experiments :
                Set.of(Set.<VmessExperiment>of(), Set.of(VmessExperiment.NO_TERMINATION_SIGNAL))) {
            assertThat(options(security, experiments, VmessCommand.TCP)).isEqualTo(Integer.decode(tcp));
            assertThat(options(security, experiments, VmessCommand.UDP)).isEqualTo(Integer.decode(udp));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "AUTO, 0x1D, 0x1D",
        "AES_128_GCM, 0x1D, 0x1D",
        "CHACHA20_POLY1305, 0x1D, 0x1D",
        "NONE, 0x05, 0x05",
        "ZERO, 0x00, 0x01"
    })
    void sizesAreSealedWhereTheCipherSeals(VmessSecurity security, String tcp, String udp) {
        Set<VmessExperiment> all = EnumSet.allOf(VmessExperiment.class);
        assertThat(options(security, all, VmessCommand.TCP)).isEqualTo(Integer.decode(tcp));
        assertThat(options(security, all, VmessCommand.UDP)).isEqualTo(Integer.decode(udp));
    }
}
