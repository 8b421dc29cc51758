# SPDX-License-Identifier: Apache-2.0
# A failed password check does the same work for every stored hash and for unknown usernames.
# Counted in instructions (callgrind), so a busy machine does not matter.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Site;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'no valgrind here' unless grep { -x "$_/valgrind" } split /:/, $ENV{PATH};

my $password = 'correct horse battery';
my ($configured, $highest) = (7, 8);
sub hash_of {
    my ($cost) = @_;
    return crypt $password, sprintf '$2y$%02d$abcdefghijklmnopqrstuu', $cost;
}
plan skip_all => 'crypt(3) has no bcrypt here' unless (hash_of(4) // '') =~ /^\$2y\$04\$.{53}\z/;

my $site = Site->new(children => 1, threads => 2, server => "AuthSMSLimit * off\nKeepAlive Off");
my $httpd = $site->httpd;
$httpd->expect_log(qr/cost=$configured is too low|m=7168 t=1 is too weak/);
$httpd->expect_log(qr/no password can match the stored hash/);
my ($pid, $out, $dumps);
my $starts = 0;

# Starts httpd in callgrind, with this AuthSMSPasswordHash.
sub start {
    my ($hash) = @_;
    $httpd->{conf} =~ s/^AuthSMSPasswordHash .*/AuthSMSPasswordHash $hash/m or die;
    my $conf = $httpd->write('httpd.conf', $httpd->config);
    $out = $httpd->dir . '/run/callgrind' . ++$starts;
    $dumps = 0;
    $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>>', $httpd->dir . '/logs/valgrind';
        exec 'valgrind', '-q', '--tool=callgrind', "--callgrind-out-file=$out",
            '--toggle-collect=as_api_handler', '--dump-after=as_api_handler',
            $Httpd::binary, '-X', '-f', $conf;
    }
    for (1 .. 600) {
        last if eval { $site->client->connect };
        sleep 0.1;
    }
    return;
}

sub stop {
    kill 'TERM', $pid;
    waitpid $pid, 0;
    undef $pid;
    unlink $httpd->dir . '/run/httpd.pid';
    return;
}
END { kill 'KILL', $pid if $pid }

# The instructions of the handler for a request. The smallest count of some such requests: work of
# the background makes a request use a further connection, whose statements are prepared once.
sub count {
    my ($status, $path, $data, $times) = @_;
    my ($least) = sort { $a <=> $b } map { count_once($status, $path, $data) } 1 .. $times // 2;
    return $least;
}

# Each request has its own dump.
sub count_once {
    my ($status, $path, $data) = @_;
    my $r = $site->api($path, $data);
    is $r->{status}, $status, "$path: $status" or diag $r->{raw};
    my $file = "$out." . ++$dumps;
    for (1 .. 300) {
        if (open my $in, '<', $file) {
            my ($total) = map { /^(?:summary|totals): (\d+)/ ? $1 : () } <$in>;
            return $total if $total;
        }
        sleep 0.1;
    }
    die "no count in $file";
}
$site->client->{timeout} = 60;

start("bcrypt cost=$configured");
my $made = Site::person();
count_once(201, '/user', { %$made, password => $password });
my $n = 0;
sub account {
    my ($hash, %is) = @_;
    my $name = 'account' . ++$n;
    my $rest = 'created_at, updated_at, last_login, valid_from, proved_at, pending_until';
    $site->sql(
              "INSERT INTO authsms_users (id, username, username_key, password, mobile_given, "
            . "mobile, country, verified, locked, $rest) SELECT "
            . sprintf(
                  "'01a20aac-b643-7e2d-82b9-%012d', '%s', '%s', '%s', '1', '+447700900999', '+44', "
                . "%d, %d, ",
            $n, $name, $name, $hash, $is{verified} // 1, $is{locked} // 0
            )
            . "$rest FROM authsms_users LIMIT 1"
    );
    return $name;
}

# An Argon2id hash, of "password" where the parameters are m=256,t=2,p=1.
sub argon2 {
    my ($parameters) = @_;
    return join '$', '', 'argon2id', 'v=19', $parameters, 'c29tZXNhbHQ',
        'nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
}

sub login {
    my ($status, $name, $word) = @_;
    my $data = { username => $name, password => $word // 'wrong' };
    return $status == 200
        ? count_once($status, '/authenticate', $data)
        : count($status, '/authenticate', $data);
}

sub register {
    my ($status, $name, $word) = @_;
    return count(
        $status, '/user',
        { username => $name, password => $word, smsmobile => '07700 900123' }
    );
}

sub all_alike {
    my ($name, %count) = @_;
    my ($least, $most) = (sort { $a <=> $b } values %count)[0, -1];
    note sprintf '%s: %d to %d instructions, %.2f %%', $name, $least, $most,
        ($most / $least - 1) * 100;
    # Reading a page again that the background changed: 3,000. Looking up an account: some 20,000.
    my $allowed = $least * 0.02 > 6000 ? $least * 0.02 : 6000;
    cmp_ok $most - $least, '<=', $allowed, "$name: instructions differ by 2 % at most"
        or diag explain \%count;
}

login(401, 'nobody');    # Includes work that is done once per process.
my $plain = login(401, 'nobody');
my %stored = map { ("cost $_" => account(hash_of($_))) } 4, $configured;
# After a change by another process SQLite reads its pages again: once.
login(401, 'nobody');
my %some = (unknown => $plain, map { $_ => login(401, $stored{$_}) } keys %stored);
all_alike('logins without a hash above the configured cost', %some);

$stored{"cost $highest"} = account(hash_of($highest));
$stored{'not a hash'} = account('*');
$stored{'hash of a cost above the maximum'} =
    account('$2y$17$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234');
# As authsmsctl import --htpasswd stores them.
$stored{apr1} = account('$apr1$saltsalt$abcdefghijklmnopqrstuv');
$stored{'SHA-1'} = account('{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=');
$stored{crypt} = account('rqXexS6ZhobKA');
login(401, 'nobody');
my %logins = (
    unknown => login(401, 'nobody'),
    overlong => login(401, 'x' x 65),
    map { $_ => login(401, $stored{$_}) } keys %stored
);
all_alike('logins with one hash of a higher cost', %logins);
all_alike(
    'logins with a password that is too long for bcrypt',
    map { $_ => login(401, $stored{$_} // 'nobody', $password x 6) } 'unknown', 'apr1',
    "cost $highest"
);
cmp_ok $logins{unknown}, '>', $plain * 1.9,
    'an unknown username takes the work of the highest stored cost';

my $pending = account(hash_of($configured), verified => 0);
register(409, $pending, 'wrong password');
all_alike(
    'registrations of a taken name',
    'pending, wrong password' => register(409, $pending, 'wrong password'),
    'verified, right password' => register(409, $stored{'cost 4'}, $password),
    'verified, wrong password' => register(409, $stored{'cost 4'}, 'wrong password'),
    'verified, highest cost, right password' => register(409, $stored{"cost $highest"}, $password),
    'locked, right password' =>
        register(409, account(hash_of(5), verified => 0, locked => 1), $password),
);

# A login replaces a hash of another cost, lower or higher.
for my $kind ('cost 4', "cost $highest") {
    login(200, $stored{$kind}, $password);
    like $site->sql("SELECT password FROM authsms_users WHERE username = '$stored{$kind}'"),
        qr/^\$2y\$0$configured\$/, "a login replaces a hash of $kind by one of the configured cost";
}
$site->sql("UPDATE authsms_users SET password = '*' WHERE password LIKE '\$2y\$08%'");
all_alike(
    'logins after the last hash of a higher cost is removed', before => $plain,
    after => login(401, 'nobody')
);

# Argon2id beside bcrypt: each check does the work of one hash of each.
my %mixed = (
    'Argon2id m=256 t=2' => account(argon2('m=256,t=2,p=1')),
    'Argon2id m=2048 t=3' => account(argon2('m=2048,t=3,p=2')),
    'Argon2id m=1500 t=2' => account(argon2('m=1500,t=2,p=1')),
    'Argon2id out of bounds' => account(argon2('m=4194304,t=9,p=1')),
    'cost 5' => account(hash_of(5)),
    "cost $highest" => account(hash_of($highest)),
    'no hash' => account('*'),
);
my %both = (unknown => login(401, 'nobody'), map { $_ => login(401, $mixed{$_}) } keys %mixed);
all_alike('logins with both schemes stored', %both);
cmp_ok $both{unknown}, '>', $logins{unknown} * 1.1, 'the work is more than that of bcrypt';
all_alike(
    'registrations with both schemes stored',
    'pending, Argon2id' =>
        register(409, account(argon2('m=2048,t=3,p=1'), verified => 0), 'wrong password'),
    'pending, bcrypt' => register(409, account(hash_of(4), verified => 0), 'wrong password'),
    'verified' => register(409, $mixed{'cost 5'}, 'wrong password'),
);
login(200, $mixed{'Argon2id m=256 t=2'}, 'password');
like $site->sql(
    "SELECT password FROM authsms_users WHERE username = '$mixed{'Argon2id m=256 t=2'}'"),
    qr/^\$2y\$0$configured\$/, 'a login replaces an Argon2id hash by one of bcrypt';
# Forgotten passwords: known and unknown names
sub forgot { return count(202, '/password/forgot', { username => $_[0] }, 3) }

sub reset_password {
    my ($name) = @_;
    return count(
        422, '/password/reset',
        { username => $name, code => '000000', password => 'a brand new one' }
    );
}
my %kind = (
    known => account(hash_of(4)), 'known, locked' => account(hash_of(4), locked => 1),
    'known, not verified' => account(hash_of(4), verified => 0), unknown => 'account0'
);
$site->sql("UPDATE authsms_users SET proved_at = 1, mobile = '+447700900998'"
        . " WHERE username IN ('$kind{known}', '$kind{'known, locked'}')");
forgot('account0');
my %forgot = map { $_ => forgot($kind{$_}) } sort keys %kind;
all_alike('forgotten passwords', %forgot);
for (1 .. 600) {
    last if $site->sql('SELECT count(*) FROM authsms_resets') == 0;
    sleep 0.1;
}
is $site->sql('SELECT count(*) FROM authsms_codes WHERE purpose = 3'), 1, 'one of them has a code';
reset_password('account0');
my %reset = map { $_ => reset_password($kind{$_}) } sort keys %kind;
all_alike('resets', %reset);
note explain { forgot => \%forgot, reset => \%reset };

stop();

# Argon2id configured
$site->sql("UPDATE authsms_users SET password = '*'");
start('argon2id m=7168 t=1');
login(401, 'nobody');
my %argon2 = (
    lower => account(argon2('m=256,t=2,p=1')), equal => account(argon2('m=7168,t=1,p=1')),
    'no hash' => account('*')
);
my %alone = (unknown => login(401, 'nobody'), map { $_ => login(401, $argon2{$_}) } keys %argon2);
all_alike('Argon2id configured, none more expensive stored', %alone);
$argon2{'cost 4'} = account(hash_of(4));
$argon2{"cost $highest"} = account(hash_of($highest));
$argon2{higher} = account(argon2('m=8000,t=2,p=4'));
my %all = (unknown => login(401, 'nobody'), map { $_ => login(401, $argon2{$_}) } keys %argon2);
all_alike('Argon2id configured, more expensive hashes of both schemes stored', %all);
cmp_ok $all{unknown}, '>', $alone{unknown} * 1.9, 'the work is that of the most expensive hashes';
for (['lower', 'password'], ["cost $highest", $password]) {
    my ($kind, $word) = @$_;
    login(200, $argon2{$kind}, $word);
    like $site->sql("SELECT password FROM authsms_users WHERE username = '$argon2{$kind}'"),
        qr/^\$argon2id\$v=19\$m=7168,t=1,p=1\$/,
        "a login replaces a hash of $kind by one of Argon2id";
}
login(200, $argon2{'lower'}, 'password');
stop();

is_deeply [$httpd->unexpected_log], [], 'no unexpected line in the error log';
File::Path::remove_tree($httpd->dir);
done_testing;
