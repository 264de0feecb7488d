package io.culvert.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings.Grpc;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import org.junit.jupiter.api.Test;

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
}
