import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Uses RelaySignature of docs/verify. */
@RestController
public class ReceiveController {
    private final String secret;
    private final ObjectMapper json = new ObjectMapper();
    /** A table of your database with a unique key, in earnest. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    ReceiveController(@Value("${RELAY_SECRET}") String secret) {
        this.secret = secret;
    }

    /** The bytes as they came: a byte array, no object that Spring would parse them into. */
    @PostMapping("/hooks")
    ResponseEntity<Void> receive(@RequestHeader HttpHeaders headers, @RequestBody byte[] body) throws IOException, GeneralSecurityException {
        String id = headers.getFirst("webhook-id");
        String timestamp = headers.getFirst("webhook-timestamp");
        String signatures = headers.getFirst("webhook-signature");
        if (!RelaySignature.isFromRelay(secret, id, timestamp, signatures, body)) {
            return ResponseEntity.status(401).build();
        }
        if (taken.add(id)) {
            JsonNode event = json.readTree(body);
            System.out.println(id + " " + event.get("type").asText() + " " + event.get("data"));
        }
        return ResponseEntity.noContent().build();
    }
}
