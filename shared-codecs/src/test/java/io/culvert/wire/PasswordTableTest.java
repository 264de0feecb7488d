package io.culvert.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.wire.PasswordTable.Account;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PasswordTableTest {
    private final PasswordTable<String> table =
            PasswordTable.of(Map.of("anna", new Account<>("p:w", "A"), "böb", new Account<>("", "B")), new Random(3));

    @Test
    void givesTheUserOfTheRightPassword() {
        assertThat(check("anna", "p:w")).isEqualTo("A");
        assertThat(check("böb", "")).isEqualTo("B");
    }

    @Test
    void anythingElseIsNobody() {
        assertThat(check("anna", "p:")).isNull();
        assertThat(check("anna", "p:w ")).isNull();
        assertThat(check("anna", "")).isNull();
        assertThat(check("Anna", "p:w")).isNull();
        assertThat(check("bob", "")).isNull();
        assertThat(check("", "")).isNull();
    }

    @Test
    void anAccountHidesItsPassword() {
        assertThat(new Account<>("hunter2", "A").toString()).doesNotContain("hunter2");
    }

    @Test
    void digestsDependOnTheKeyAndTheData() {
        KeyedDigest one = new KeyedDigest(new Random(1));
        KeyedDigest two = new KeyedDigest(new Random(2));
        byte[] data = {1, 2, 3};
        assertThat(one.of(data)).hasSize(KeyedDigest.LENGTH).isEqualTo(one.of(data.clone()));
        assertThat(one.of(data)).isNotEqualTo(two.of(data)).isNotEqualTo(one.of(new byte[] {1, 2}));
    }

    private @Nullable String check(String name, String password) {
        return table.check(name.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
    }
}
