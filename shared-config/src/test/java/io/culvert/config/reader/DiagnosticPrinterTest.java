package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosticPrinterTest {
    @Test
    void allFaultsAtOnceInTheOrderOfTheText() {
        String json = """
                {
                  "outbound": {"protocol": "fredom"},
                  "inbounds": [{"port": 1, "protocol": "vmess", "streamSettings": {"security": "tsl"}}]
                }""";
        assertThat(DiagnosticPrinter.lines(Loads.load(json).diagnostics()))
                .containsExactly(
                        "c.json:2:15  warning  outbound: \"outbound\" is the spelling of V2Ray 3; use \"outbounds\"",
                        "c.json:2:28  error  outbound.protocol: unknown config id: \"fredom\" is not an outbound protocol;"
                                + " did you mean \"freedom\"? (known: freedom, blackhole, vmess, vless, socks, http,"
                                + " shadowsocks, trojan, mtproto, dns, loopback)",
                        "c.json:3:80  error  inbounds[0].streamSettings.security: \"tsl\" is not a security; V2Ray would"
                                + " send everything in plain text; did you mean \"tls\"? (known: none, tls)",
                        "2 errors, 1 warning");
    }

    @Test
    void summaries() {
        assertThat(DiagnosticPrinter.lines(List.of())).isEmpty();
        assertThat(DiagnosticPrinter.summary(Loads.load("{}").diagnostics())).isEqualTo("2 warnings");
        assertThat(DiagnosticPrinter.summary(Loads.load("{").diagnostics())).isEqualTo("1 error");
    }
}
