package io.culvert.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings.Grpc;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcRequestTest {
    private final GrpcRequest request = new GrpcRequest(new Grpc("svc", false, ""), "a.test", false);

    /** As grpc-go answers without a body. */
    @Test
    void aStatusThatIsNotZeroRefuses() {
        assertThat(request.refusal(new DefaultHttp2Headers().setInt("grpc-status", 12)))
                .isEqualTo("gRPC status 12, no such service: is \"serviceName\" the server's?");
        assertThat(request.refusal(new DefaultHttp2Headers().setInt("grpc-status", 14)))
                .isEqualTo("gRPC status 14");
        assertThat(request.refusal(new DefaultHttp2Headers().setInt("grpc-status", 0)))
                .isNull();
        assertThat(request.refusal(new DefaultHttp2Headers())).isNull();
        assertThat(request.refusal(new DefaultHttp2Headers().set("grpc-status", "x")))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "GunService, /GunService/Tun, /GunService/TunMulti",
        "a b~*, /a%20b~%2A/Tun, /a%20b~%2A/TunMulti",
        "ж/x, /%D0%B6%2Fx/Tun, /%D0%B6%2Fx/TunMulti",
        "/my/sample path|two, /my/sample%20path, /my/two",
    })
    void aServiceNameIsEscapedAsXrayEscapesIt(String name, String tun, String tunMulti) {
        assertThat(new GrpcRequest(new Grpc(name, false, ""), "a.test", true)
                        .headers()
                        .path())
                .hasToString(tun);
        assertThat(new GrpcRequest(new Grpc(name, true, ""), "a.test", true)
                        .headers()
                        .path())
                .hasToString(tunMulti);
    }

    /** The name is escaped by Xray's clients, and not by V2Ray's. */
    @ParameterizedTest
    @CsvSource({"/a%20b%2Fc/Tun, true", "/a%20b%2Fc/TunMulti, true", "/a b/c/Tun, true", "/a%20b/c/Tun, false"})
    void aServerKnowsItsNameInBothForms(String path, boolean known) {
        Http2Headers answer = new GrpcService(new Grpc("a b/c", false, ""))
                .answer(new DefaultHttp2Headers().method("POST").path(path).set("content-type", "application/grpc"));
        assertThat(answer != null).isEqualTo(known);
    }
}
