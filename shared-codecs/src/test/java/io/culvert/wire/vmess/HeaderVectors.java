package io.culvert.wire.vmess;

import static io.culvert.testkit.Vectors.hex;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What the tests of headers read from a vector case. */
final class HeaderVectors {
    private HeaderVectors() {}

    static Stream<JsonNode> cases(String file) {
        return StreamSupport.stream(Vectors.load(file).required("cases").spliterator(), false);
    }

    static VmessUser user(JsonNode from) {
        UUID id = UUID.fromString(from.required("uuid").textValue());
        return new VmessUser(id, from.path("alter_id").asInt(0), new UserRef("someone@example.org", 1));
    }

    static @Nullable Destination destination(JsonNode from) {
        if (from.required("command").intValue() == 3) {
            return null;
        }
        Address address = Address.parse(from.required("address").textValue());
        int port = from.required("port").intValue();
        return from.required("command").intValue() == 2
                ? Destination.udp(address, port)
                : Destination.tcp(address, port);
    }

    static VmessAuthenticator authenticator(VmessUser user, long clock) {
        return authenticator(VmessUsers.of(List.of(user)), clock);
    }

    static VmessAuthenticator authenticator(VmessUsers users, long clock) {
        return new VmessAuthenticator(users, SeenHeaders.inMemory(), () -> clock, false);
    }

    /** Writes the header of a case with the case's random values. */
    static VmessRequest encode(JsonNode from, ByteBuf out) {
        VmessUser user = user(from);
        ScriptedRandom random = new ScriptedRandom()
                .bytes(hex(from, "body_iv_hex"))
                .bytes(hex(from, "body_key_hex"))
                .number(from.required("response_v").intValue())
                .number(from.required("padding_len").intValue())
                .bytes(hex(from, "padding_hex"));
        long now = from.required("time").longValue();
        if (user.alterId() == 0) {
            random.bytes(hex(from, "authid_random4_hex")).bytes(hex(from, "connection_nonce_hex"));
        } else {
            byte[] signer = VmessIds.bytes(
                    UUID.fromString(from.required("id_used_for_auth").textValue()));
            byte[][] alternatives = VmessIds.alternatives(user.id(), user.alterId());
            int index = 0;
            while (!Arrays.equals(alternatives[index], signer)) {
                index++;
            }
            random.number(30).number(index);
        }
        VmessSecurity security = Objects.requireNonNull(
                VmessSecurity.ofWire(from.required("security").intValue()));
        VmessCommand command = Objects.requireNonNull(
                VmessCommand.ofWire(from.required("command").intValue()));
        return new VmessRequestEncoder(user, random, () -> now)
                .encode(security, from.required("options").intValue(), command, destination(from), out);
    }

    static ByteBuf buffer(JsonNode from, String field) {
        return Unpooled.wrappedBuffer(hex(from, field));
    }
}
