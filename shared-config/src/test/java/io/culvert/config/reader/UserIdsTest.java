package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings.Vmess;
import io.culvert.config.InboundSettings.VmessUser;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserIdsTest {
    private static final UUID EXPECTED = UUID.fromString(Loads.ID);

    private static String vmess(String id) {
        return Loads.inbound(
                "\"port\": 1, \"protocol\": \"vmess\", \"settings\": {\"clients\": [{\"id\": \"" + id + "\"}]}");
    }

    private static UUID id(String text) {
        return ((Vmess) Loads.theInbound(vmess(text)).settings())
                .users().stream().map(VmessUser::id).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Loads.ID,
                "278487397e6241389fd3098a63964b6b",
                "27848739-7E62-4138-9FD3-098A63964B6B",
                "27848739-7e6241389fd3-098a63964b6b",
                "-27848739-7e62-4138-9fd3-098a63964b6b",
                "27848739-7e62-4138-9fd3-098a63964b6bzz",
            })
    void formsOfAUuid(String text) {
        assertThat(id(text)).isEqualTo(EXPECTED);
    }

    @Test
    void shorterTextIsMappedAsXrayDoes() {
        // The pair stands in Xray's documentation of "id".
        assertThat(UserIds.mapped("我爱🍉老师1314")).isEqualTo(UUID.fromString("5783a3e7-e373-51cd-8642-c83782b807c5"));
        assertThat(id("example")).isEqualTo(UserIds.mapped("example"));
        assertThat(Loads.warnings(vmess("example")).getFirst())
                .startsWith("inbounds[0].settings.clients[0].id: not a UUID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1234567890123456789012345678901",
                "27848739-7e62-4138-9fd3-098a6396",
                "27848739-7e62-4138-9fd3-098a63964b6x",
                "27848739_7e62_4138_9fd3_098a63964b6b",
                "2784873-97e62-4138-9fd3-098a63964b6b"
            })
    void whatIsNoUuidIsRefusedWithoutRepeatingIt(String text) {
        assertThat(Loads.errors(vmess(text)))
                .singleElement()
                .asString()
                .startsWith("inbounds[0].settings.clients[0].id: invalid UUID")
                .doesNotContain("7e62");
    }
}
