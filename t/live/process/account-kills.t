# SPDX-License-Identifier: Apache-2.0
# Changes of accounts while processes are killed: password change, number change, password reset and
# deletion are each done or not done, never half, and no acknowledged change is lost.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $pg = Postgres::available() ? Postgres->new : undef;
my ($accounts, $at_once, $kills, $losses) = (200, 25, 20, 20);
# Of each account: the first one, after the change, after the reset.
my @passwords = ('the first password', 'a changed password', 'after the reset');

# Account number $n: its number and the next one; every second account is named by its number.
sub make_account {
    my ($n) = @_;
    my %old = (given => sprintf('07700 9%05d', $n), mobile => sprintf('+4477009%05d', $n));
    my %new = (given => sprintf('06 12 0%05d', $n), mobile => sprintf('+336120%05d', $n));
    my $name = sub { return $n % 2 ? $_[0]{mobile} : "account$n" };
    return {
        id => sprintf('01900000-0000-7000-8000-%012d', $n),
        old => { %old, country => '+44', username => $name->(\%old) },
        new => { %new, country => '+33', username => $name->(\%new) }
    };
}

# Copy the account $id, which is verified, to the others. Each gets a row in the tables that the
# changes below do not fill.
sub insert_accounts {
    my ($site, $id, @accounts) = @_;
    my $same = 'password, country, verified, locked, created_at, updated_at, last_login,'
        . ' valid_from, proved_at, pending_until';
    my @sql = map {
        my $old = $_->{old};
        "INSERT INTO authsms_users (id, username, username_key, mobile_given, mobile, $same)"
            . " SELECT '$_->{id}', '$old->{username}', '$old->{username}', '$old->{given}',"
            . " '$old->{mobile}', $same FROM authsms_users WHERE id = '$id'"
    } @accounts;
    my $far = '9000000000000000';
    push @sql, "INSERT INTO authsms_roles SELECT id, 'member' FROM authsms_users",
        'INSERT INTO authsms_challenges'
        . ' (id, user_id, site, amr, mobile, attempts, created_at, sent_at, expires_at)'
        . " SELECT id, id, 'other', 'pwd', mobile, 0, 1, 1, $far FROM authsms_users";
    return $site->sql(join ';', @sql);
}

# The newest code with these words before it that was sent to a number.
sub code_for {
    my ($site, $number, $words) = @_;
    my @codes = $site->httpd->error_log =~ /SMS to \Q$number\E: [^\n]*$words is (\d+)/g;
    return $codes[-1];
}

# Repeat a request until its response has one of these statuses.
sub ask_until {
    my ($ask, @right) = @_;
    for (1 .. 300) {
        my $r = eval { $ask->() } // {};
        my $status = $r->{status} // 0;
        return $r if grep { $_ == $status } @right;
        die "status $status: $r->{raw}" if $status != 0 && $status != 503;
        sleep 0.1;
    }
    die 'the server is away';
}

sub login_status {
    my ($site, $name, $password) = @_;
    my %data = (username => $name, password => $password);
    return ask_until(sub { $site->login(\%data) }, 200, 401)->{status};
}

sub get_account {
    my ($site, $token) = @_;
    return ask_until(
        sub { $site->client->get('/app_api/users', Authorization => $token) },
        200, 401
    );
}

sub log_in {
    my ($site, $name, $password) = @_;
    my %data = (username => $name, password => $password);
    return ask_until(sub { $site->login(\%data) }, 200)->{json}{token};
}

# What no request shows: accounts whose stored number, its country and the username are not of the
# same time.
sub find_mixed {
    my ($site, @accounts) = @_;
    my $row = sub { join '|', $_[0], @{ $_[1] }{qw(username username given mobile country)} };
    my %right =
        map { ($row->($_->{id}, $_->{old}) => 1, $row->($_->{id}, $_->{new}) => 1) } @accounts;
    return grep { !$right{$_} } split /\n/,
        $site->sql('SELECT id, username, username_key, mobile_given, mobile, country'
            . " FROM authsms_users WHERE id LIKE '01900000-0000-7%'");
}

# Each of these functions prepares one change of an account. It returns a request (path, data and
# token) and a function that shows the account, with its results before and after the change.
sub change_password {
    my ($site, $account) = @_;
    my ($name, $old, $new) = ($account->{old}{username}, @passwords[0, 1]);
    my ($token, $other) = map { log_in($site, $name, $old) } 1 .. 2;
    return {
        request => ['/users/password', { password => $old, newPassword => $new }, $token],
        show => sub {
            join ' ', (map { login_status($site, $name, $_) } $old, $new),
                map { get_account($site, $_)->{status} } $token, $other;
        },
        before => '200 401 200 200',
        after => '401 200 200 401'
    };
}

# Request a code for the number $to.
sub begin_number_change {
    my ($site, $token, $password, $to) = @_;
    my $body = JSON::PP::encode_json(
        { smsmobile => $to->{given}, countryCode => $to->{country}, password => $password });
    my @head = ('Content-Type' => 'application/json', Authorization => $token);
    ask_until(sub { $site->client->request('PATCH', '/app_api/users', \@head, $body) }, 202);
    return code_for($site, $to->{mobile}, 'confirm this number') // die "no code for $to->{mobile}";
}

sub change_number {
    my ($site, $account) = @_;
    my ($old, $new) = @$account{qw(old new)};
    my $token = log_in($site, $old->{username}, $passwords[1]);
    my $code = begin_number_change($site, $token, $passwords[1], $new);
    my ($before, $after) = map {
        my $its = $_;
        # A username that is no number stays.
        my @logins = map { $_->{username} eq $its->{username} ? 200 : 401 } $old, $new;
        join ' ', "$its->{username}/$its->{given}/$its->{country}", @logins
    } $old, $new;
    return {
        request => ['/users/verify', { code => $code }, $token],
        show => sub {
            my $r = get_account($site, $token);
            my $is = $r->{json}{msg};
            join ' ', $r->{status} == 200
                ? join('/', @$is{qw(username smsmobile countryCode)})
                : $r->{status},
                map { login_status($site, $_->{username}, $passwords[1]) } $old, $new;
        },
        before => $before,
        after => $after
    };
}

sub reset_password {
    my ($site, $account) = @_;
    my ($name, $old, $new) = ($account->{new}{username}, @passwords[1, 2]);
    my $code = code_for($site, $account->{new}{mobile}, 'new password');
    my $token = log_in($site, $name, $old);
    return {
        request => ['/password/reset', { username => $name, code => $code, password => $new }, ''],
        show => sub {
            join ' ', (map { login_status($site, $name, $_) } $old, $new),
                get_account($site, $token)->{status};
        },
        before => '200 401 200',
        after => '401 200 401'
    };
}

sub delete_account {
    my ($site, $account) = @_;
    my ($name, $password) = ($account->{new}{username}, $passwords[2]);
    my $token = log_in($site, $name, $password);
    begin_number_change($site, $token, $password, $account->{old});
    return {
        request => ['/users/delete', { password => $password }, $token],
        show => sub {
            join ' ', login_status($site, $name, $password), get_account($site, $token)->{status};
        },
        before => '200 200',
        after => '401 401'
    };
}

# Request the codes of all accounts and wait for them: a background job sends them, so no process is
# killed meanwhile.
sub request_resets {
    my ($site, @accounts) = @_;
    my @waiting = map { $_->{new} } @accounts;
    for my $person (@waiting) {
        ask_until(
            sub { $site->api('/password/forgot', { username => $person->{username} }) },
            202
        );
    }
    my $end = time + 60;
    while (@waiting && time < $end) {
        sleep 0.2;
        @waiting = grep { !code_for($site, $_->{mobile}, 'new password') } @waiting;
    }
    return is_deeply [map { $_->{username} } @waiting], [], 'each account gets a code';
}

# The children that serve requests: the daemon of mod_cgid has one thread.
sub find_workers {
    my ($site) = @_;
    my $parent = $site->httpd->pid;
    return map { /(\d+)\s+(\d+)/ && $2 > 1 ? $1 : () } `ps -o pid=,nlwp= --ppid $parent`;
}

# Send these changes at once, and kill a child when some responses have arrived. Sets the status of
# each change (0: there was no response). Returns the number of processes that died.
sub send_and_kill {
    my ($site, @changes) = @_;
    my @children = find_workers($site);
    for my $change (@changes) {
        my ($path, $data, $token) = @{ $change->{request} };
        my $body = JSON::PP::encode_json($data);
        my $text =
              "POST /app_api$path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . ($token ? "Authorization: $token\r\n" : '')
            . "Content-Type: application/json\r\nContent-Length: "
            . length($body)
            . "\r\n\r\n$body";
        $change->{socket} = $site->client->connect;
        # All but the last byte first, so that the requests start together.
        syswrite $change->{socket}, substr $text, 0, -1;
        $change->{last} = substr $text, -1;
    }
    syswrite $_->{socket}, $_->{last} for @changes;
    my $first = int rand @changes / 2;
    my $deaths = 0;
    for my $i (0 .. $#changes) {
        $deaths = kill 'KILL', $children[rand @children] if $i == $first && @children;
        my $r = $site->client->receive(
            delete $changes[$i]{socket},
            "POST /app_api$changes[$i]{request}[0]"
        );
        $changes[$i]{status} = $r->{status} // 0;
    }
    return $deaths;
}

# What is wrong with a change whose response has arrived or is lost; sets is_done.
sub judge {
    my ($change) = @_;
    my $is = $change->{show}->();
    my $is_whole = sub { $is eq $change->{before} || $is eq $change->{after} };
    # PostgreSQL completes the statement that it had received.
    if ($change->{status} == 0 && !$is_whole->()) {
        sleep 0.5;
        $is = $change->{show}->();
    }
    $change->{is_done} = $is eq $change->{after};
    return "acknowledged, but $is" if $change->{status} == 200 && !$change->{is_done};
    return "half: $is" unless $is_whole->();
    return if grep { $change->{status} == $_ } 0, 200, 503;
    return "status $change->{status}";
}

# Make a change of all accounts, $at_once of them at a time, until each is done.
sub change_all {
    my ($site, $name, $prepare, @accounts) = @_;
    my ($deaths, $lost, $late, @wrong) = (0, 0, 0);
    my @rest = @accounts;
    while (my @batch = splice @rest, 0, $at_once) {
        my @changes = map { $prepare->($site, $_) } @batch;
        for (1 .. 20) {
            $deaths += send_and_kill($site, @changes);
            push @wrong, map { "mixed: $_" } find_mixed($site, @accounts);
            push @wrong, map { judge($_) } @changes;
            $lost += grep { !$_->{status} } @changes;
            $late += grep { $_->{is_done} && !$_->{status} } @changes;
            @changes = grep { !$_->{is_done} } @changes;
            last unless @changes;
        }
        push @wrong, map { 'never done' } @changes;
    }
    is_deeply \@wrong, [],
        "$name, $accounts times: done or not done, and no acknowledged one is lost";
    note "$name: $deaths processes died, $lost requests had no response, $late of them were done";
    return ($deaths, $lost);
}

# The tables with rows of accounts.
sub tables {
    my ($site) = @_;
    return split ' ',
        $site->sql(
        $site->{pg}
        ? "SELECT table_name FROM information_schema.columns WHERE column_name = 'user_id'"
        : "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c"
            . " WHERE m.type = 'table' AND c.name = 'user_id'"
        );
}

sub checks {
    my ($driver) = @_;
    my $site = Site->new(
        driver => $driver, pg => $pg, children => 4, threads => 10,
        server => "AuthSMSLimit * off\nAuthSMSUserCheck always\nMinSpareThreads 20\n"
            . "AuthSMSCode resend=0 attempts=20"
    )->start;
    my $bystander = $site->signup(password => $passwords[0]);
    my @accounts = map { make_account($_) } 1001 .. 1000 + $accounts;
    insert_accounts($site, $bystander->{id}, @accounts);
    is_deeply [find_mixed($site, @accounts)], [], 'before: every account is consistent';

    my ($begin, $deaths, $lost) = (time, 0, 0);
    for (
        ['password change', \&change_password], ['number change', \&change_number],
        ['password reset', \&reset_password], ['deletion', \&delete_account]
    ) {
        my ($name, $prepare) = @$_;
        request_resets($site, @accounts) if $name eq 'password reset';
        my @counts = change_all($site, $name, $prepare, @accounts);
        $deaths += $counts[0];
        $lost += $counts[1];
    }
    cmp_ok $deaths, '>=', $kills, "$deaths processes died";
    cmp_ok $lost, '>=', $losses, "$lost requests had no response";
    note sprintf '%.0f s', time - $begin;

    my @tables = tables($site);
    cmp_ok scalar @tables, '>=', 6, "tables with rows of accounts: @tables";
    is $site->sql("SELECT count(*) FROM $_ WHERE user_id LIKE '01900000-0000-7%'"), 0,
        "a deleted account has no row in $_" for @tables;
    is $site->sql('SELECT id FROM authsms_users'), $bystander->{id}, 'the other account stays';
    is $site->login($bystander)->{status}, 200, 'and logs in';
    is $site->sql('PRAGMA integrity_check'), 'ok', 'the database passes integrity_check'
        if $driver eq 'sqlite';
    $site->httpd->expect_log(
        qr/exit signal Killed|long lost child|the writers' lock cannot be acquired/i,
        qr/all database connections are busy/,    # 25 requests, 8 connections in a child
        qr/Cleaned up|scoreboard|child process|mutex|AH0\d+|AH10159|AH10392/i
    );
    $site->stop;
    return;
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { checks($driver) }
}
$pg->stop if $pg;
done_testing;
