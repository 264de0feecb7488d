package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretMaskTest {
    private static String mask(String text) {
        return SecretMask.of(new Source("a.json", text)).replaceAll("\\s+", "");
    }

    @Test
    void hidesWhatASecretKeyHolds() {
        assertThat(mask("""
                        // pass: hunter2
                        {"clients": [{"id": "SECRET", "email": "a@b", "alterId": 4}], "Password": 12345, "port": 80,
                         "key": ["SECRET", {"x": "SECRET", "n": [1, "SECRET"]}], "users": [{"user": "u", "pass": "SECRET"}],
                         "seed": null, "after": "shown",} trailing SECRET""")).isEqualTo("""
                        {"clients":[{"id":"***","email":"a@b","alterId":4}],"Password":"***","port":80,\
                        "key":["***",{"x":"***","n":["***","***"]}],"users":[{"user":"u","pass":"***"}],\
                        "seed":"***","after":"shown"}""");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\": \"SECRET\"", "SECRET", "{\"a\": SECRET}", "[\"SECRET", ""})
    void showsNothingSecretOfWhatIsNoJson(String text) {
        assertThat(mask(text)).doesNotContain("SECRET");
    }
}
