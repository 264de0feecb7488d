package io.culvert.crypto;

import static io.culvert.testkit.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.junit.jupiter.api.Test;

/** The primitives against the reference implementation's values, and against Bouncy Castle where those are few. */
class VmessCryptoVectorsTest {
    private static final JsonNode DATA = Vectors.load("vmess_kdf.json").required("data");

    @Test
    void kdf() {
        for (JsonNode vector : DATA.required("kdf")) {
            byte[] key = hex(vector, "key_hex");
            byte[][] path = new byte[vector.required("path_hex").size()][];
            for (int i = 0; i < path.length; i++) {
                path[i] = HexFormat.of()
                        .parseHex(vector.required("path_hex").get(i).textValue());
            }

            assertThat(VmessKdf.deriveUncached(key, path))
                    .as(vector.required("name").textValue())
                    .isEqualTo(hex(vector, "out32_hex"));
        }
    }

    @Test
    void labelsDeriveTheirOwnKeys() {
        byte[] key = "some key".getBytes(StandardCharsets.US_ASCII);
        byte[] more = new byte[16];
        byte[] label = "VMess Header AEAD Nonce_Length".getBytes(StandardCharsets.US_ASCII);

        byte[] derived = VmessKdf.derive(key, VmessKdf.HEADER_LENGTH_NONCE, more);

        assertThat(derived).isEqualTo(VmessKdf.deriveUncached(key, label, more));
        assertThat(VmessKdf.key(key, VmessKdf.HEADER_LENGTH_NONCE, more)).isEqualTo(Arrays.copyOf(derived, 16));
        assertThat(VmessKdf.nonce(key, VmessKdf.HEADER_LENGTH_NONCE, more)).isEqualTo(Arrays.copyOf(derived, 12));
    }

    @Test
    void fnv1a() {
        for (JsonNode vector : DATA.required("fnv1a")) {
            byte[] data = hex(vector, "data_hex");
            int expected =
                    Integer.parseUnsignedInt(vector.required("fnv1a_32_hex").textValue(), 16);
            assertThat(Fnv1a.of(data, 0, data.length)).isEqualTo(expected);
            int half = data.length / 2;
            assertThat(Fnv1a.update(Fnv1a.of(data, 0, half), data, half, data.length - half))
                    .isEqualTo(expected);
        }
    }

    @Test
    void shakeSizes() {
        for (JsonNode vector : DATA.required("shake_sizes")) {
            Shake128 shake = new Shake128(hex(vector, "iv_hex"));
            for (JsonNode expected : vector.required("shake128_u16_be")) {
                assertThat(shake.nextU16()).isEqualTo(expected.intValue());
            }
        }
    }

    @Test
    void shakeRunsOnOverManyBlocks() {
        Random random = new Random(7);
        for (int length : new int[] {0, 1, 16, 135, 136, 166, 167}) {
            byte[] input = new byte[length];
            random.nextBytes(input);
            SHAKEDigest peer = new SHAKEDigest(128);
            peer.update(input, 0, length);
            byte[] expected = new byte[2 * 1000];
            peer.doFinal(expected, 0, expected.length);
            Shake128 shake = new Shake128(input);
            byte[] drawn = new byte[expected.length];
            for (int i = 0; i < drawn.length; i += 2) {
                int value = shake.nextU16();
                drawn[i] = (byte) (value >>> 8);
                drawn[i + 1] = (byte) value;
            }
            assertThat(drawn).as("input of %d bytes", length).isEqualTo(expected);
        }
        assertThatThrownBy(() -> new Shake128(new byte[168])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void cfbIsTheSameHoweverItIsCut() throws Exception {
        Random random = new Random(11);
        byte[] key = new byte[16];
        byte[] iv = new byte[16];
        byte[] plain = new byte[16 * 40];
        random.nextBytes(key);
        random.nextBytes(iv);
        random.nextBytes(plain);
        Cipher peer = Cipher.getInstance("AES/CFB/NoPadding");
        peer.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
        byte[] expected = peer.doFinal(plain);

        byte[] data = plain.clone();
        AesCfb encryptor = AesCfb.encryptor(key, iv);
        AesCfb decryptor = AesCfb.decryptor(key, iv);
        for (int at = 0; at < data.length; ) {
            int step = Math.min(data.length - at, random.nextInt(40));
            encryptor.apply(data, at, step);
            at += step;
        }
        assertThat(data).isEqualTo(expected);
        for (int at = 0; at < data.length; ) {
            int step = Math.min(data.length - at, random.nextInt(40));
            decryptor.apply(data, at, step);
            at += step;
        }
        assertThat(data).isEqualTo(plain);
    }

    @Test
    void aeadOpensWhatItSealedAndNothingElse() {
        byte[] nonce = new byte[12];
        byte[] plain = "some plain text".getBytes(StandardCharsets.US_ASCII);
        for (ChunkAead aead :
                new ChunkAead[] {ChunkAead.aes128Gcm(new byte[16]), ChunkAead.chacha20Poly1305(new byte[32])}) {
            byte[] sealed = new byte[plain.length + 16];
            aead.seal(nonce, plain, 0, plain.length, sealed, 0);
            byte[] opened = new byte[plain.length];
            assertThat(aead.open(nonce, sealed, 0, sealed.length, opened, 0)).isEqualTo(plain.length);
            assertThat(opened).isEqualTo(plain);
            for (int i = 0; i < sealed.length; i++) {
                sealed[i] ^= 1;
                assertThat(aead.open(nonce, sealed, 0, sealed.length, opened, 0))
                        .isEqualTo(-1);
                sealed[i] ^= 1;
            }
        }
    }
}
