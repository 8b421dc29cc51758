# SPDX-License-Identifier: Apache-2.0
# What a thousand times as many users cost: on SQLite the instructions of a login (without the hash)
# and of a guard that asks the database each time; on PostgreSQL the plans of every statement that a
# whole life of an account runs, and wall time. Run by ./dev bench users.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Postgres;
use Site;
use Time::HiRes qw(time);
use Token;

my @sizes = (1_000, 1_000_000);
my $requests = 300;
my $server =
      "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSUserCheck always\n"
    . "MaxKeepAliveRequests 0\nKeepAliveTimeout 60";

# Accounts named u1, u2 … with the password hash of `like`, each with a session.
sub fill {
    my ($site, $driver, $n, $like) = @_;
    my $hash = $site->sql("SELECT password FROM authsms_users WHERE id = '$like'");
    my ($id, $series) =
        $driver eq 'pgsql'
        ? ("gen_random_uuid()::text", "generate_series(1, $n) AS n(i)")
        : (
              "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) "
            . "|| '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)))",
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $n) "
            . "SELECT i FROM n)"
        );
    my $later = (time + 36000) =~ s/\..*//r . '000000';
    my $sid = $driver eq 'pgsql' ? "md5(id)" : "lower(hex(randomblob(16)))";
    $site->sql($_)
        for "INSERT INTO authsms_users (id, username, username_key, password, mobile_given, "
        . "mobile, country, verified, locked, created_at, updated_at, last_login, valid_from, "
        . "proved_at, pending_until)"
        . " SELECT $id, 'u' || i, 'u' || i, '$hash', '1', '+447700' || i, '+44', 1, 0, 1, 1, "
        . "1, 0, 1, 1 FROM $series",
        "INSERT INTO authsms_sessions (sid, user_id, created_at, used_at, expires_at) "
        . "SELECT $sid, id, 1, 1, $later FROM authsms_users",
        "INSERT INTO authsms_limits (name, key, hits, ends_at) "
        . "SELECT 'login/user', id, 1, $later FROM authsms_users",
        "INSERT INTO authsms_addresses (key, user_id, expires_at) "
        . "SELECT id, id, $later FROM authsms_users",
        "INSERT INTO authsms_codes (user_id, purpose, id, mobile, digest, attempts, created_at, "
        . "expires_at) SELECT id, 1, id, '+1', 'x', 0, 1, $later FROM authsms_users",
        "INSERT INTO authsms_outbox (id, user_id, site, kind, code_id, mobile, state, attempts, "
        . "sender, ref, created_at, due_at, expires_at, updated_at) SELECT id, id, '', 'code', id, "
        . "'+1', 3, 1, 'log', id, $later, 1, $later, 1 FROM authsms_users",
        'ANALYZE';
}

sub some_users {
    my ($site, $n, $count) = @_;
    my @names = map { 'u' . (1 + int rand $n) } 1 .. $count;
    return map { {
        username => $_,
        id => $site->sql("SELECT id FROM authsms_users WHERE username_key = '$_'")
    } } @names;
}

# Requests on one connection; those given as texts.
sub ask {
    my ($site, @texts) = @_;
    my $s = $site->client->connect;
    for my $text (@texts) {
        syswrite $s, $text;
        my $answer = $site->client->read_all($s, qr/\r\n\r\n.+\z/s);
        die "not served: $answer" unless $answer =~ m{\AHTTP/1\.1 200 };
    }
}

sub login_text {
    my ($user, $password) = @_;
    my $body = "username=$user->{username}&password=" . Client::encode($password);
    return
          "POST /app_api/authenticate HTTP/1.1\r\nHost: b\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        . length($body)
        . "\r\n\r\n$body";
}

sub page_text {
    my ($site, $user) = @_;
    return "GET /private/ HTTP/1.1\r\nHost: b\r\nAuthorization: JWT " . Token::make(
        $site->key,
        { id => $user->{id}, iat => int(time - 5), exp => int(time + 3600) }
    ) . "\r\n\r\n";
}

# Instructions of a request of either kind, the hash left out.
sub instructions {
    my ($n) = @_;
    my %cost;
    for my $kind ('login', 'page') {
        my @totals;
        for my $count (50, 50 + $requests) {
            my $site = Site->new(
                children => 1, threads => 2, sender => '',
                server => "AuthSMSValidation Off\n$server"
            );
            $site->start;
            my $like = $site->signup;
            fill($site, 'sqlite', $n, $like->{id});
            my @users = some_users($site, $n, $count);
            kill 'TERM', my $old = $site->httpd->pid;
            select undef, undef, undef, 0.05 while kill 0, $old;
            my $out = $site->httpd->dir . '/run/callgrind';
            my $pid = fork // die "fork: $!";
            if (!$pid) {
                open STDERR, '>', $site->httpd->dir . '/logs/valgrind';
                exec 'valgrind', '-q', '--tool=callgrind', "--callgrind-out-file=$out",
                    $Httpd::binary, '-X', '-f', $site->httpd->dir . '/httpd.conf';
            }
            for (1 .. 600) {
                last if eval { $site->client->connect };
                select undef, undef, undef, 0.1;
            }
            chown((getpwnam 'www-data')[2], -1, $out);
            ask(
                $site,
                map { $kind eq 'login' ? login_text($_, $like->{password}) : page_text($site, $_) }
                    @users
            );
            kill 'TERM', $pid;
            waitpid $pid, 0;
            my $text = `callgrind_annotate --inclusive=yes --threshold=100 '$out' 2>/dev/null`;
            my ($total) = $text =~ /^([\d,]+) .*PROGRAM TOTALS/m;
            my ($hash) = $text =~ /^\s*([\d,]+) .*:apr_password_validate\b/m;
            tr/,//d for grep { defined } $total, $hash;
            push @totals, $total - ($kind eq 'login' ? $hash // die "no hash in $out" : 0);
            File::Path::remove_tree($site->httpd->dir);
        }
        $cost{$kind} = ($totals[1] - $totals[0]) / $requests;
    }
    return \%cost;
}

print "SQLite, instructions a request:\n";
my %cost = map { $_ => instructions($_) } @sizes;
for my $kind ('login', 'page') {
    printf "  %-36s %8d with %d users, %8d with %d: %+.1f %%\n",
        {
        login => '/authenticate without the hash',
        page => 'guarded page, AuthSMSUserCheck always'
        }->{$kind},
        (map { $cost{$_}{$kind}, $_ } @sizes),
        100 * ($cost{ $sizes[1] }{$kind} / $cost{ $sizes[0] }{$kind} - 1);
}

exit unless Postgres::available();
print "PostgreSQL:\n";
my $pg = Postgres->new;
for my $n (@sizes) {
    my $explain_all = '-c auto_explain.log_min_duration=0';
    (my $params = $pg->create_database) =~
        s/options='/options='-c session_preload_libraries=auto_explain $explain_all /;
    my $site = Site->new(
        driver => 'pgsql', pg => $pg, params => $params, children => 1,
        server => "$server\nAuthSMSDelivery queued"
    );
    $site->{database} = $pg->{name};
    $site->start;
    my $like = $site->signup;
    fill($site, 'pgsql', $n, $like->{id});
    my @users = some_users($site, $n, $requests);
    my $begin = -s "$pg->{dir}/log";
    $site->httpd->graceful;
    my $person = $site->signup;
    $site->api("/user/$person->{id}/resend", {});
    $site->client->get('/private/', Authorization => 'JWT '
            . Token::make($site->key, { id => 'f' x 24, exp => int(time + 60) }));
    my $time = time;
    ask($site, map { login_text($_, $like->{password}) } @users);
    my $login = time - $time;
    $time = time;
    ask($site, map { page_text($site, $_) } @users);
    my $page = time - $time;
    $site->api('/logout?all=1', {}, Authorization => $person->{token});
    sleep 4;
    $site->stop;
    open my $log, '<', "$pg->{dir}/log" or die;
    seek $log, $begin, 0;
    my $text = do { local $/; <$log> };
    my @plans = $text =~ /plan:\n(.*?)(?=^\d{4}-|\z)/msg;
    my %seq;
    for (grep { /authsms_/ } @plans) {
        my ($what) = /Query Text: ([^\n]*)/;
        $seq{$what}++ if /Seq Scan on authsms_(?!schema|jobs)/;
    }
    printf "  %d users: %d statements, %d of them with a sequential scan; login (bcrypt cost 4) "
        . "%.2f ms, guarded page %.2f ms\n",
        $n, scalar @plans, scalar keys %seq, 1e3 * $login / $requests, 1e3 * $page / $requests;
    print "    $_\n" for sort keys %seq;
}
$pg->stop;
Test::More::done_testing();
