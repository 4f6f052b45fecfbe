import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

class Drive {
    public static void main(String[] arguments) throws Exception {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] field = lines.nextLine().split("\t", -1);
            byte[] body = Files.readAllBytes(Path.of(field[4]));
            System.out.println(RelaySignature.isFromRelay(field[0], field[1], field[2], field[3], body));
        }
    }
}
